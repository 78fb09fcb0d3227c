//! The web page: runs of pipelines, looked at and steered in a browser on this machine.
