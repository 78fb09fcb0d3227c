//! Addresses of pages.

use std::fmt;

/// An address: a path and what is asked of it, written so that nothing in it can be mistaken.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    path: String,
    query: Vec<(String, String)>,
}

impl Link {
    /// A page by the parts of its path.
    pub(crate) fn to(parts: &[&str]) -> Self {
        let parts = parts.iter().map(|part| format!("/{}", encoded(part)));
        Self {
            path: parts.collect(),
            query: Vec::new(),
        }
    }

    /// The same page, asked for more.
    pub(crate) fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// The same page, asked for more where there is a value.
    pub(crate) fn with_some(self, name: &str, value: Option<impl fmt::Display>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// What is asked of it, for the hidden fields of a form.
    pub(crate) fn query(&self) -> &[(String, String)] {
        &self.query
    }

    /// The path alone, for the target of a form.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The same question in another format, such as `.csv`.
    pub(crate) fn as_format(&self, end: &str) -> Self {
        let mut link = self.clone();
        link.path = match link.path.as_str() {
            "" | "/" => format!("/home{end}"),
            path => format!("{path}{end}"),
        };
        link
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.path.as_str() {
            "" => "/",
            path => path,
        })?;
        for (place, (name, value)) in self.query.iter().enumerate() {
            let mark = if place == 0 { '?' } else { '&' };
            write!(f, "{mark}{}={}", encoded(name), encoded(value))?;
        }
        Ok(())
    }
}

impl maud::Render for Link {
    fn render_to(&self, out: &mut String) {
        self.to_string().render_to(out);
    }
}

/// A text in which only letters, digits and a few harmless signs stand for themselves.
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b',' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The text that was [`encoded`]; what is not understood stays.
pub(crate) fn decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte = digits.and_then(|two| u8::from_str_radix(two, 16).ok());
        match byte {
            Some(byte) if *first == b'%' => {
                out.push(byte);
                rest = &after[2..];
            }
            _ => {
                out.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        for text in ["Eve", "Ève; Path=/", "100%", "%zz%4", ""] {
            assert_eq!(decoded(&encoded(text)), text);
        }
        assert_eq!(decoded("%zz%4"), "%zz%4");
    }

    #[test]
    fn nothing_in_an_address_is_mistaken() {
        let link = Link::to(&["tables", "a/../b?c"]).with("sort", "é&x=1#");
        assert_eq!(
            link.to_string(),
            "/tables/a%2F..%2Fb%3Fc?sort=%C3%A9%26x%3D1%23"
        );
        assert_eq!(Link::to(&[]).to_string(), "/");
        assert_eq!(Link::to(&[]).as_format(".json").to_string(), "/home.json");
    }
}
