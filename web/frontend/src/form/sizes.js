// Sizes as people say them; the server says the same (forms/labels.py).

/** 20000000 is “20 MB”: decimal, as limits are written; rounded up, so that what is over a limit never reads as the limit. */
export function sized(bytes) {
  if (bytes < 1000) return `${bytes} B`
  if (bytes <= 999000) return `${Math.ceil(bytes / 1000)} KB`
  const [unit, tenth] = bytes <= 999900000 ? ['MB', 100000] : ['GB', 100000000]
  return `${Math.ceil(bytes / tenth) / 10} ${unit}`
}
