//! What can be typed after `onefold serve`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// A pipeline file, or a folder with an onefold.yaml
    #[arg(value_name = "FILE|DIR", default_value = ".")]
    pub(crate) pipeline: PathBuf,
    /// Folder that relative input paths start from [default: the folder of the pipeline file]
    #[arg(long = "in", value_name = "DIR")]
    pub(crate) input: Option<PathBuf>,
    /// Folder of the outputs of its runs
    #[arg(long = "out", value_name = "DIR", default_value = ".")]
    pub(crate) results: PathBuf,
    /// Port to listen at [default: the first free one from 8640 on]
    #[arg(long, value_name = "N")]
    pub(crate) port: Option<u16>,
    /// Do not open the browser
    #[arg(long)]
    pub(crate) no_open: bool,
    /// Address to listen at, for other machines; needs --password-file [default: this machine only]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) host: Option<IpAddr>,
    /// Address under which a proxy shows the page to others; needs --password-file
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// File whose first line is a password that opens the page, like the token that is printed
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// Most bytes of files that can be dropped on the page for one pipeline
    #[arg(long, value_name = "SIZE", value_parser = super::bytes, default_value = "2GiB")]
    pub(crate) max_upload: u64,
    /// Threads of a run [default: all processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}
