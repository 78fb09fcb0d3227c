//! Outputs: staged in an order in which each finds what it needs.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::RecordBatch;
use onefold_spec::model::{Content, OutputFormat};
use onefold_write::{Format, Publication, RowEncoder, TableWriter};

use super::Run;
use super::tally::Tally;
use crate::error::{Error, Kind};
use crate::events::RunEvent;
use crate::report::OutputReport;

impl Run<'_> {
    pub(super) fn write_outputs(
        &mut self,
        publication: &mut Publication,
    ) -> Result<Vec<OutputReport>, Error> {
        let pipeline = self.pipeline;
        let mut reports: Vec<Option<OutputReport>> =
            pipeline.outputs.iter().map(|_| None).collect();
        // Rejects are known once their source is read, so they come after the tables; the log comes last of all.
        let rank = |content: &Content| match content {
            Content::Table { table, .. } => u8::from(table.ends_with(".rejects")),
            Content::RunLog | Content::Metrics => 2,
        };
        let mut order: Vec<usize> = (0..pipeline.outputs.len()).collect();
        order.sort_by_key(|i| rank(&pipeline.outputs[*i].content));
        for index in order {
            let output = &pipeline.outputs[index];
            let file = publication.stage(Path::new(&output.path.value))?;
            reports[index] = Some(match &output.content {
                Content::Table { table, format, .. } => {
                    self.write_table(index, table, format, file)?
                }
                Content::RunLog => {
                    self.read_the_rest()?;
                    if self.exceeded_limit().is_none() {
                        self.log.note((self.options.clock)(), &RunEvent::Completed);
                    }
                    self.write_text(&output.path, self.log.text().to_owned(), file)?
                }
                Content::Metrics => {
                    self.read_the_rest()?;
                    let text = crate::metrics::text(
                        &self.pipeline.name,
                        self.sources.iter().flatten(),
                        &self.tables,
                    );
                    self.write_text(&output.path, text, file)?
                }
            });
        }
        self.read_the_rest()?;
        Ok(reports.into_iter().flatten().collect())
    }

    /// Reads the sources that nobody asked for: every record is accounted for.
    pub(super) fn read_the_rest(&mut self) -> Result<(), Error> {
        for index in 0..self.scans.len() {
            if self.scans[index].is_some() {
                self.scan::<()>(index, &|_, _| Ok(()), &mut |()| Ok(()))?;
            }
        }
        Ok(())
    }

    fn write_text(
        &mut self,
        path: &str,
        text: String,
        mut file: onefold_write::StagedFile,
    ) -> Result<OutputReport, Error> {
        file.write_all(text.as_bytes())
            .map_err(|e| self.unwritable(path, &e))?;
        let bytes = file.finish()?;
        Ok(OutputReport {
            path: path.to_owned(),
            table: None,
            rows: text.lines().count() as u64,
            bytes,
        })
    }

    pub(super) fn unwritable(&self, path: &str, error: &std::io::Error) -> Error {
        Error::new(
            Kind::Resources,
            format!("could not write `{path}`: {error}"),
        )
    }

    /// A table without columns is that of files which hold nothing: as delimited text an empty file, as long as it has no rows.
    fn write_nothing(&mut self, table: &str, path: &str, format: &Format) -> Result<(), Error> {
        let mut rows = 0;
        let count = |batch: RecordBatch, _: &mut Tally| Ok(batch.num_rows());
        self.feed(table, &count, &mut |here| {
            rows += here;
            Ok(())
        })?;
        if rows == 0 && *format != Format::Parquet {
            return Ok(());
        }
        let index = self.source_index(table);
        let source = index.and_then(|index| self.sources[index].as_ref());
        let files = source.iter().flat_map(|source| &source.files);
        let empty = files.filter(|file| file.records == 0);
        let empty: Vec<String> = empty.map(|file| format!("`{}`", file.name)).collect();
        let since = match empty.is_empty() {
            true => String::new(),
            false => format!(" (no records in {})", empty.join(", ")),
        };
        let message = format!(
            "output `{path}`: table `{table}` has no columns{since}, so only JSON can hold it"
        );
        let error = Error::new(Kind::Configuration, message);
        Err(error.hint("declare the `fields` of its source, or write JSON"))
    }

    fn write_table(
        &mut self,
        index: usize,
        table: &str,
        format: &OutputFormat,
        mut file: onefold_write::StagedFile,
    ) -> Result<OutputReport, Error> {
        let path = self.pipeline.outputs[index].path.value.clone();
        let Some(projection) = self.prepared.outputs[index].clone() else {
            return Err(Error::internal(format!("output `{path}` has no columns")));
        };
        let format = match format {
            OutputFormat::Csv {
                delimiter,
                null,
                header,
            } => Format::Csv {
                delimiter: *delimiter,
                null: null.clone(),
                header: *header,
            },
            OutputFormat::Json { indent } => Format::Json { indent: *indent },
            OutputFormat::JsonLines => Format::JsonLines,
            OutputFormat::Parquet => Format::Parquet,
        };
        let mut rows = 0u64;
        let without_columns = projection.schema.fields().is_empty();
        let bytes = if without_columns && !matches!(format, Format::Json { .. } | Format::JsonLines)
        {
            self.write_nothing(table, &path, &format)?;
            file.finish()?
        } else if format != Format::Parquet {
            let encoder = RowEncoder::new(&projection.schema, &format)?;
            let mut text = Vec::new();
            encoder.begin(&mut text);
            file.write_all(&text)
                .map_err(|e| self.unwritable(&path, &e))?;
            // What rows took lately tells how much room the next ones need.
            let bytes_a_row = AtomicUsize::new(64);
            let encode = |batch: RecordBatch, _: &mut Tally| {
                let batch = projection.apply(&batch)?;
                let rows = batch.num_rows();
                let room = rows * bytes_a_row.load(Ordering::Relaxed);
                let mut text = Vec::with_capacity(room + room / 8);
                encoder
                    .rows(&batch, 1, &mut text)
                    .map_err(|e| e.to_string())?;
                if rows > 0 {
                    bytes_a_row.store(text.len().div_ceil(rows), Ordering::Relaxed);
                }
                Ok((batch.num_rows() as u64, text))
            };
            self.feed(table, &encode, &mut |(n, text)| {
                let text = if rows == 0 && n > 0 {
                    encoder.without_separator(&text)
                } else {
                    &text
                };
                rows += n;
                file.write_all(text).map_err(|e| {
                    Error::new(Kind::Resources, format!("could not write `{path}`: {e}"))
                })
            })?;
            text.clear();
            encoder.end(rows, &mut text);
            file.write_all(&text)
                .map_err(|e| self.unwritable(&path, &e))?;
            file.finish()?
        } else {
            let mut writer =
                TableWriter::start(&projection.schema, &format, file, self.options.threads)?;
            self.feed(table, &|batch, _| projection.apply(&batch), &mut |batch| {
                Ok(writer.write(&batch)?)
            })?;
            let (file, written) = writer.finish()?;
            rows = written;
            file.finish()?
        };
        self.event(RunEvent::Written {
            path: path.clone(),
            rows,
        });
        Ok(OutputReport {
            path,
            table: Some(table.to_owned()),
            rows,
            bytes,
        })
    }
}
