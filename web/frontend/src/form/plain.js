// Stands in for markdown-to-jsx, which @rjsf brings: the texts of a form are text, never markup.
export function Markdown({ children }) {
  return children
}
