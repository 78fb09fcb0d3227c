//! What charts are drawn of: scales, axes, bars.

use super::text::{escaped, escaped_to};

/// Width of a chart, in the units of its coordinates.
pub(super) const WIDTH: f64 = 880.0;
/// Where labels of rows end.
pub(super) const LABELS: f64 = 288.0;
/// Most signs of a label.
const LONGEST_LABEL: usize = 44;
/// Height of a row.
pub(super) const ROW: f64 = 22.0;
/// Space above the heading of rows that follow others.
const GAP: f64 = 10.0;
/// Height of the axis below.
pub(super) const AXIS: f64 = 44.0;

/// From numbers to coordinates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    /// Least number.
    pub(super) from: f64,
    /// Greatest number.
    pub(super) to: f64,
    /// Where they are drawn.
    pub(super) at: [f64; 2],
}

impl Scale {
    /// A scale of all finite numbers and 0. Numbers beyond `most` are drawn at its edge.
    pub(super) fn of(numbers: impl Iterator<Item = f64>, most: f64, at: [f64; 2]) -> Self {
        let (mut from, mut to) = (0.0f64, 0.0f64);
        for number in numbers.filter(|number| number.is_finite()) {
            from = from.min(number.max(-most));
            to = to.max(number.min(most));
        }
        if from == to {
            to = 1.0;
        }
        Self { from, to, at }
    }

    /// The coordinate of a number; of one beyond the scale, its edge.
    pub(super) fn x(&self, number: f64) -> f64 {
        let number = match number.is_nan() {
            true => 0.0,
            false => number.clamp(self.from, self.to),
        };
        let share = (number - self.from) / (self.to - self.from);
        self.at[0] + share * (self.at[1] - self.at[0])
    }

    /// Round numbers on the scale, about so many.
    pub(super) fn ticks(&self, about: f64) -> Vec<f64> {
        let rough = (self.to - self.from) / about;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .iter()
            .map(|unit| unit * power)
            .find(|step| *step >= rough * 0.999)
            .unwrap_or(rough);
        let first = (self.from / step).ceil() as i64;
        let last = (self.to / step).floor() as i64;
        (first..=last).map(|tick| tick as f64 * step).collect()
    }
}

/// A chart with a description for those who do not see it.
pub(super) fn chart(height: f64, description: &str, drawing: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{}\">\n{drawing}</svg>\n",
        n(height),
        escaped_to(description, 400),
    )
}

/// A coordinate.
pub(super) fn n(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// A text at a place; `class` says where it is anchored and how it looks.
pub(super) fn text(class: &str, x: f64, y: f64, text: &str) -> String {
    format!(
        "<text class=\"{class}\" x=\"{}\" y=\"{}\">{text}</text>\n",
        n(x),
        n(y)
    )
}

/// A line from one place to another.
pub(super) fn line(class: &str, from: [f64; 2], to: [f64; 2]) -> String {
    format!(
        "<line class=\"{class}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" />\n",
        n(from[0]),
        n(from[1]),
        n(to[0]),
        n(to[1]),
    )
}

/// A rectangle between two columns.
pub(super) fn rect(class: &str, columns: [f64; 2], y: f64, height: f64) -> String {
    format!(
        "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" />\n",
        n(columns[0].min(columns[1])),
        n(y),
        n((columns[0] - columns[1]).abs()),
        n(height),
    )
}

/// A row with its label on the left; what the mouse rests on shows `hover`. Both are escaped here.
pub(super) fn row(y: f64, label: &str, hover: &str, inside: &str) -> String {
    format!(
        "<g class=\"row\"><title>{}</title>\n{}{}{inside}</g>\n",
        escaped_to(hover, 400),
        rect("hit", [0.0, WIDTH], y, ROW),
        text("end", LABELS, y + 15.5, &escaped_to(label, LONGEST_LABEL)),
    )
}

/// A row of a chart of bars.
pub(super) enum Line {
    /// A heading of the rows that follow.
    Heading(String),
    /// A bar.
    Bar(Bar),
}

/// A bar from 0 to its value.
pub(super) struct Bar {
    /// What it is of.
    pub(super) label: String,
    /// Its value; may be infinite. Nothing is drawn of NaN.
    pub(super) value: f64,
    /// The value as it is written.
    pub(super) written: String,
    /// What is said of it when the mouse rests on it.
    pub(super) hover: String,
}

/// The axis of a chart of bars.
pub(super) struct Axis<'a> {
    /// Its scale.
    pub(super) scale: Scale,
    /// What it measures.
    pub(super) title: &'a str,
    /// How a number is written at it.
    pub(super) write: fn(f64) -> String,
    /// Whether bars to the right speak for something and those to the left against it.
    pub(super) is_signed: bool,
}

/// A chart of horizontal bars.
pub(super) fn bars(lines: &[Line], axis: &Axis<'_>, description: &str) -> String {
    let (mut rows, mut y) = (String::new(), 0.0);
    for each in lines {
        match each {
            Line::Heading(label) => rows += &group(&mut y, label),
            Line::Bar(bar) => {
                rows += &row(y, &bar.label, &bar.hover, &drawn(bar, axis, y));
                y += ROW;
            }
        }
    }
    let bottom = y + 4.0;
    let mut out = String::new();
    for tick in axis.scale.ticks(7.0) {
        let x = axis.scale.x(tick);
        out += &line("grid", [x, 0.0], [x, bottom]);
        out += &text("mid tick", x, bottom + 16.0, &escaped(&(axis.write)(tick)));
    }
    let [from, to] = axis.scale.at;
    out += &text("mid axis", (from + to) / 2.0, bottom + 36.0, axis.title);
    out += &rows;
    let zero = axis.scale.x(0.0);
    out += &line("zero", [zero, 0.0], [zero, bottom]);
    chart(bottom + AXIS, description, &out)
}

/// The heading of the rows that follow. `y` moves on to them.
pub(super) fn group(y: &mut f64, label: &str) -> String {
    if *y > 0.0 {
        *y += GAP;
    }
    let heading = text(
        "end head",
        LABELS,
        *y + 15.5,
        &escaped_to(label, LONGEST_LABEL),
    );
    *y += ROW;
    heading
}

fn drawn(bar: &Bar, axis: &Axis<'_>, y: f64) -> String {
    let (zero, end) = (axis.scale.x(0.0), axis.scale.x(bar.value));
    let class = match bar.value {
        _ if !axis.is_signed => "plain",
        ..0.0 => "minus",
        _ => "plus",
    };
    let mut out = String::new();
    if bar.value != 0.0 && !bar.value.is_nan() {
        // What is not nothing is seen.
        let end = if (end - zero).abs() < 1.0 {
            zero + bar.value.signum()
        } else {
            end
        };
        out += &rect(class, [zero, end], y + 4.0, 14.0);
    }
    if bar.value.is_infinite() || bar.value > axis.scale.to || bar.value < axis.scale.from {
        let tip = end + 9.0 * bar.value.signum();
        out += &format!(
            "<path class=\"{class}\" d=\"M{} {}L{} {}L{} {}Z\" />\n",
            n(end),
            n(y + 4.0),
            n(tip),
            n(y + 11.0),
            n(end),
            n(y + 18.0),
        );
    }
    out += &text("end number", WIDTH - 2.0, y + 15.5, &escaped(&bar.written));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_take_any_number() {
        let scale = Scale::of(
            [-40.0, f64::NAN, f64::INFINITY, 60.0].into_iter(),
            1000.0,
            [0.0, 100.0],
        );
        assert_eq!(
            [scale.x(-40.0), scale.x(0.0), scale.x(60.0)],
            [0.0, 40.0, 100.0]
        );
        assert_eq!(
            [scale.x(f64::INFINITY), scale.x(f64::NEG_INFINITY)],
            [100.0, 0.0]
        );
        assert_eq!(scale.x(f64::NAN), 40.0);
        assert_eq!(scale.ticks(6.0), [-40.0, -20.0, 0.0, 20.0, 40.0, 60.0]);
        let nothing = Scale::of(std::iter::empty(), 1000.0, [0.0, 100.0]);
        assert_eq!(nothing.ticks(2.0), [0.0, 0.5, 1.0]);
        let huge = Scale::of([f64::MAX, 1e-300].into_iter(), 1000.0, [0.0, 100.0]);
        assert_eq!(huge.to, 1000.0);
        let tiny = Scale::of([1e-300].into_iter(), 1000.0, [0.0, 100.0]);
        assert!(tiny.ticks(5.0).len() < 20);
    }
}
