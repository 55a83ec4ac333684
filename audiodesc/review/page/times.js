// Times of the film: written for people, and read from what they type.

/** 4100 → "0:04.1"; with hours from one hour on. */
export function clock(ms, digits = 1) {
  const unit = 10 ** (3 - digits);
  const rounded = Math.round(Math.max(0, ms) / unit) * unit;
  const whole = Math.floor(rounded / 1000);
  const part = digits ? `.${String(rounded % 1000).padStart(3, "0").slice(0, digits)}` : "";
  const [hours, minutes, secs] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${String(secs).padStart(2, "0")}${part}`;
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** "1:02.5", "62,5" or "0:01:02.500" → ms; null where it is no time. */
export function parseClock(text) {
  const parts = text.trim().replace(",", ".").split(":");
  if (parts.length > 3 || !parts.every((one) => /^\d+(\.\d*)?$/.test(one))) return null;
  return Math.round(parts.reduce((sum, one) => sum * 60 + Number(one), 0) * 1000);
}

export const words = (text) => (text.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’-]*/gu) ?? []).length;
