// placeholder replaced below
export function MapPage() { return <main id="map-page" />; }
