//! A raw column of a batch: its text, and its numbers where their type is asked for.

use std::cell::OnceCell;

use arrow::array::{StringViewArray, StringViewBuilder};

use super::kind::Kind;
use super::leaf::{Leaf, Stored};
use super::values::Values;
use crate::unreadable::Unreadable;
use crate::written::Written;

/// The values of one raw column for each row of a batch.
pub(crate) struct Column {
    values: Values,
    /// The place of each row among the values; `None`: each has its own.
    places: Option<Vec<Option<u32>>>,
    rows: usize,
    form: Form,
    texts: OnceCell<Texts>,
}

/// How values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    /// As JSON, but for text, which may be JSON itself.
    Json,
    /// No field is declared: bytes that are not text have a text all the same.
    Found,
}

/// A column as text.
pub(crate) struct Texts {
    pub(crate) text: StringViewArray,
    /// Rows whose value has no text, in order; `text` shows what is stored.
    pub(crate) unreadable: Vec<(u32, Unreadable)>,
}

impl Column {
    pub(crate) fn new(
        values: Values,
        places: Option<Vec<Option<u32>>>,
        rows: usize,
        form: Form,
    ) -> Self {
        Self {
            values,
            places,
            rows,
            form,
            texts: OnceCell::new(),
        }
    }

    /// A column that the file does not have.
    pub(crate) fn missing(rows: usize) -> Self {
        Self::new(Values::Nothing, None, rows, Form::Text)
    }

    fn place(&self, row: usize) -> Option<usize> {
        let place = match &self.places {
            None => row,
            Some(places) => (*places.get(row)?)? as usize,
        };
        self.values.is_valid(place).then_some(place)
    }

    pub(crate) fn is_valid(&self, row: usize) -> bool {
        self.place(row).is_some()
    }

    /// What the values were before they became text.
    pub(crate) fn writing(&self) -> Written {
        self.leaf().map_or(Written::Text, |leaf| match leaf.kind {
            Kind::Integer | Kind::Unsigned | Kind::Float16 | Kind::Float | Kind::Decimal { .. } => {
                Written::Number
            }
            Kind::Date | Kind::DateMillis | Kind::Timestamp { .. } | Kind::Int96 => Written::Time,
            _ => Written::Text,
        })
    }

    /// Some of the rows.
    pub(crate) fn pick(&self, rows: &[u32]) -> Self {
        let places = rows.iter().map(|row| self.place(*row as usize));
        let places = places
            .map(|place| place.map(|place| place as u32))
            .collect();
        Self::new(self.values.clone(), Some(places), rows.len(), self.form)
    }

    /// The values as text.
    pub(crate) fn texts(&self) -> &Texts {
        self.texts
            .get_or_init(|| self.shared().unwrap_or_else(|| self.written()))
    }

    /// Text that stays where it was read.
    fn shared(&self) -> Option<Texts> {
        let Values::Leaf(Leaf {
            kind: kind @ (Kind::Text | Kind::Json | Kind::Bytes),
            values: Stored::Bytes(bytes),
        }) = &self.values
        else {
            return None;
        };
        if self.places.is_some() {
            return None;
        }
        let text = bytes.clone().to_string_view().ok()?;
        // Such text would be taken for bytes.
        let odd = |text: Option<&str>| text.is_some_and(|text| text.starts_with("\\x"));
        if self.form == Form::Found && *kind == Kind::Bytes && text.iter().any(odd) {
            return None;
        }
        Some(Texts {
            text,
            unreadable: Vec::new(),
        })
    }

    fn written(&self) -> Texts {
        let mut text = StringViewBuilder::with_capacity(self.rows);
        let mut unreadable = Vec::new();
        let mut value = String::new();
        for row in 0..self.rows {
            let Some(place) = self.place(row) else {
                text.append_null();
                continue;
            };
            value.clear();
            let is_text = |leaf: &Leaf| matches!(leaf.kind, Kind::Text | Kind::Json | Kind::Bytes);
            let written = match (&self.values, self.form) {
                (Values::Leaf(leaf), Form::Found) if leaf.kind == Kind::Bytes => {
                    leaf.write_bytes(place, &mut value);
                    Ok(())
                }
                (Values::Leaf(leaf), Form::Text | Form::Found) => leaf.write(place, &mut value),
                (Values::Leaf(leaf), _) if is_text(leaf) => leaf.write(place, &mut value),
                (values, _) => values.write_json(place, &mut value),
            };
            if let Err(why) = written {
                unreadable.push((row as u32, why));
                value.clear();
                if let Values::Leaf(leaf) = &self.values {
                    leaf.show(place, &mut value);
                }
            }
            text.append_value(&value);
        }
        Texts {
            text: text.finish(),
            unreadable,
        }
    }

    /// The values as whole numbers of 64 bits, where their type is such a number.
    pub(crate) fn integers(&self) -> Option<impl Fn(usize) -> Option<i64>> {
        let leaf = self.leaf()?;
        let fits = matches!(
            (leaf.kind, &leaf.values),
            (Kind::Integer, _) | (Kind::Unsigned, Stored::Int32(_))
        );
        fits.then_some(|row| leaf.integer(self.place(row)?))
    }

    /// The values as numbers of 64-bit floating point, where they are floating point.
    pub(crate) fn floats(&self) -> Option<impl Fn(usize) -> Option<f64>> {
        let leaf = self.leaf()?;
        let fits = matches!(leaf.kind, Kind::Float | Kind::Float16);
        fits.then_some(|row| leaf.float(self.place(row)?))
    }

    /// The values as truth values, where that is their type.
    pub(crate) fn booleans(&self) -> Option<impl Fn(usize) -> Option<bool>> {
        match &self.leaf()?.values {
            Stored::Boolean(values) => Some(|row| Some(values.value(self.place(row)?))),
            _ => None,
        }
    }

    /// The values as days since 1970-01-01, where they are dates.
    pub(crate) fn days(&self) -> Option<impl Fn(usize) -> Option<i32>> {
        match self.leaf()? {
            Leaf {
                kind: Kind::Date,
                values: Stored::Int32(days),
            } => Some(|row| Some(days.value(self.place(row)?))),
            _ => None,
        }
    }

    /// The values as microseconds since 1970-01-01T00:00:00Z, where they are moments; `local`: also those of no zone, as if they were of UTC.
    /// An inner `None` is a moment beyond 64 bits.
    pub(crate) fn micros(&self, local: bool) -> Option<impl Fn(usize) -> Option<Option<i64>>> {
        let leaf = self.leaf()?;
        let fits = match leaf.kind {
            Kind::Timestamp { utc, .. } => utc || local,
            Kind::Int96 => local,
            _ => false,
        };
        fits.then_some(|row| Some(leaf.micros(self.place(row)?)))
    }

    /// The unscaled values of decimals of this scale. An inner `None` is a number beyond 128 bits.
    pub(crate) fn unscaled(&self, of_scale: u8) -> Option<impl Fn(usize) -> Option<Option<i128>>> {
        let leaf = self.leaf()?;
        let fits = matches!(leaf.kind, Kind::Decimal { scale, .. } if scale == i32::from(of_scale));
        fits.then_some(|row| Some(leaf.unscaled(self.place(row)?)))
    }

    fn leaf(&self) -> Option<&Leaf> {
        match &self.values {
            Values::Leaf(leaf) => Some(leaf),
            _ => None,
        }
    }
}
