//! XML of a workbook's part, event by event.

use std::io::BufRead;
use std::sync::Arc;

use quick_xml::Reader;
use quick_xml::escape::{resolve_predefined_entity, unescape};
use quick_xml::events::{BytesStart, Event};

use super::trouble::{TooLarge, Trouble};

/// A part that is being read.
pub(super) struct Xml<R> {
    reader: Reader<R>,
    buffer: Vec<u8>,
    /// Its name, for messages.
    path: String,
}

impl<R: BufRead> Xml<R> {
    pub(super) fn new(from: R, path: &str) -> Self {
        let mut reader = Reader::from_reader(from);
        reader.config_mut().expand_empty_elements = true;
        Self {
            reader,
            buffer: Vec::new(),
            path: path.to_owned(),
        }
    }

    /// The next event; [`Event::Eof`] at the end of the part.
    pub(super) fn next(&mut self) -> Result<Event<'_>, Trouble> {
        self.buffer.clear();
        let path = &self.path;
        let event = self.reader.read_event_into(&mut self.buffer);
        event.map_err(|error| trouble(path, error))
    }

    /// An element ended where it should not.
    pub(super) fn cut_off(&self) -> Trouble {
        Trouble::damaged(format_args!("`{}` ends too early", self.path))
    }

    /// The text up to the end of the element that has been opened, those inside included.
    pub(super) fn text(&mut self, out: &mut String) -> Result<(), Trouble> {
        self.up_to_the_end(|event| push(event, out))
    }

    /// Passes over the element that has been opened.
    pub(super) fn skip(&mut self) -> Result<(), Trouble> {
        self.up_to_the_end(|_| Ok(()))
    }

    /// Takes all but the tags, up to the end of the element that has been opened.
    fn up_to_the_end(
        &mut self,
        mut take: impl FnMut(&Event<'_>) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let mut depth = 0;
        loop {
            match self.next()? {
                Event::Start(_) => depth += 1,
                Event::End(_) if depth == 0 => return Ok(()),
                Event::End(_) => depth -= 1,
                Event::Eof => return Err(self.cut_off()),
                event => take(&event)?,
            }
        }
    }
}

fn trouble(path: &str, error: quick_xml::Error) -> Trouble {
    if let quick_xml::Error::Io(error) = &error
        && let Some(inner) = Arc::as_ref(error).get_ref()
        && inner.is::<TooLarge>()
    {
        return Trouble::too_large(&format!("of {TooLarge}"));
    }
    Trouble::damaged(format_args!("`{path}` cannot be read ({error})"))
}

/// Appends the text that an event is; nothing for others.
pub(super) fn push(event: &Event<'_>, out: &mut String) -> Result<(), Trouble> {
    match event {
        Event::Text(text) => out.push_str(&text.xml10_content()),
        Event::CData(text) => out.push_str(&text.xml10_content()),
        Event::GeneralRef(name) => {
            let unknown = || Trouble::damaged(format_args!("`&{};` means nothing", name.as_ref()));
            match resolve_predefined_entity(name.as_ref()) {
                Some(text) => out.push_str(text),
                None => match name.resolve_char_ref() {
                    Ok(Some(character)) => out.push(character),
                    _ => return Err(unknown()),
                },
            }
        }
        _ => {}
    }
    Ok(())
}

/// An attribute, by its name with its prefix.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, Trouble> {
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(Trouble::damaged)?;
        if attribute.key.as_ref() == name {
            let value = unescape(&attribute.value).map_err(Trouble::damaged)?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}

/// Whether an attribute says yes.
pub(super) fn is_true(value: Option<String>) -> bool {
    matches!(value.as_deref(), Some("1" | "true" | "TRUE"))
}
