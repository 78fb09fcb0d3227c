//! Lines of text: where one ends, and how many there are. `\n`, `\r\n` and a lone `\r` are one line break each.

/// The end of the line that holds `at`: end of its text, and start of the next line.
pub(crate) fn line_end(text: &[u8], at: usize) -> (usize, usize) {
    match memchr::memchr2(b'\n', b'\r', &text[at..]) {
        Some(i) => (at + i, after_break(text, at + i)),
        None => (text.len(), text.len()),
    }
}

/// Start of the line after the break at `at`.
#[inline]
pub(crate) fn after_break(text: &[u8], at: usize) -> usize {
    if text[at] == b'\r' && text.get(at + 1) == Some(&b'\n') {
        at + 2
    } else {
        at + 1
    }
}

/// The line breaks of a text.
pub(crate) fn count_lines(text: &[u8]) -> u64 {
    let feeds = memchr::memchr_iter(b'\n', text).count();
    let returns = memchr::memchr_iter(b'\r', text)
        .filter(|i| text.get(i + 1) != Some(&b'\n'))
        .count();
    (feeds + returns) as u64
}
