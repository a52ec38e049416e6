// Names of the common values of a source's own category column (`amenity=restaurant`). Other values are
// shown as the part after the equals sign, in plain words.
import type { Locale } from '../api/types';

const NAMES: Record<string, readonly [english: string, dutch: string]> = {
  'amenity=restaurant': ['Restaurant', 'Restaurant'],
  'amenity=cafe': ['Café', 'Café'],
  'amenity=pub': ['Pub', 'Kroeg'],
  'amenity=bar': ['Bar', 'Bar'],
  'amenity=fast_food': ['Fast food', 'Snackbar'],
  'amenity=ice_cream': ['Ice cream', 'IJssalon'],
  'amenity=bank': ['Bank', 'Bank'],
  'amenity=pharmacy': ['Pharmacy', 'Apotheek'],
  'amenity=theatre': ['Theatre', 'Theater'],
  'amenity=cinema': ['Cinema', 'Bioscoop'],
  'amenity=nightclub': ['Nightclub', 'Nachtclub'],
  'amenity=library': ['Library', 'Bibliotheek'],
  'amenity=school': ['School', 'School'],
  'amenity=place_of_worship': ['Place of worship', 'Gebedshuis'],
  'amenity=doctors': ['Doctor', 'Huisarts'],
  'amenity=dentist': ['Dentist', 'Tandarts'],
  'amenity=coworking_space': ['Co-working', 'Flexkantoor'],
  'shop=clothes': ['Clothes', 'Kleding'],
  'shop=gift': ['Gifts', 'Cadeaus'],
  'shop=shoes': ['Shoes', 'Schoenen'],
  'shop=jewelry': ['Jewellery', 'Juwelier'],
  'shop=hairdresser': ['Hairdresser', 'Kapper'],
  'shop=convenience': ['Convenience store', 'Buurtwinkel'],
  'shop=supermarket': ['Supermarket', 'Supermarkt'],
  'shop=bakery': ['Bakery', 'Bakkerij'],
  'shop=books': ['Books', 'Boeken'],
  'shop=art': ['Art', 'Kunst'],
  'shop=antiques': ['Antiques', 'Antiek'],
  'shop=florist': ['Florist', 'Bloemist'],
  'shop=optician': ['Optician', 'Opticien'],
  'shop=beauty': ['Beauty', 'Schoonheid'],
  'shop=furniture': ['Furniture', 'Meubels'],
  'shop=electronics': ['Electronics', 'Elektronica'],
  'shop=mobile_phone': ['Mobile phones', 'Mobiele telefoons'],
  'shop=cosmetics': ['Cosmetics', 'Cosmetica'],
  'shop=chemist': ['Chemist', 'Drogist'],
  'shop=confectionery': ['Confectionery', 'Snoep'],
  'shop=chocolate': ['Chocolate', 'Chocolade'],
  'shop=cheese': ['Cheese', 'Kaas'],
  'shop=wine': ['Wine', 'Wijn'],
  'shop=alcohol': ['Wine and spirits', 'Slijterij'],
  'shop=bicycle': ['Bicycles', 'Fietsen'],
  'shop=tattoo': ['Tattoo', 'Tatoeage'],
  'shop=cannabis': ['Cannabis', 'Cannabis'],
  'shop=department_store': ['Department store', 'Warenhuis'],
  'shop=interior_decoration': ['Interior decoration', 'Woninginrichting'],
  'shop=massage': ['Massage', 'Massage'],
  'shop=souvenir': ['Souvenirs', 'Souvenirs'],
  'tourism=hotel': ['Hotel', 'Hotel'],
  'tourism=museum': ['Museum', 'Museum'],
  'tourism=hostel': ['Hostel', 'Hostel'],
  'tourism=gallery': ['Gallery', 'Galerie'],
  'tourism=information': ['Tourist information', 'Toeristeninformatie'],
  'tourism=apartment': ['Holiday apartment', 'Vakantieappartement'],
  'office=company': ['Office', 'Kantoor'],
  'office=lawyer': ['Lawyer', 'Advocaat'],
  'office=government': ['Government', 'Overheid'],
  'office=estate_agent': ['Estate agent', 'Makelaar'],
  'leisure=fitness_centre': ['Fitness', 'Fitness'],
  'craft=shoemaker': ['Shoemaker', 'Schoenmaker'],
};

export function categoryLabel(locale: Locale, category: string): string {
  const known = NAMES[category];
  if (known) return known[locale === 'nl' ? 1 : 0];
  const tail = category.includes('=') ? category.slice(category.indexOf('=') + 1) : category;
  const words = tail.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
