// What the sign-in forms check before they ask the server, which checks again.
export const PASSWORD_MIN = 12;

export const isEmail = (text: string): boolean => /^[^\s@]+@[^\s@]+$/.test(text.trim());
