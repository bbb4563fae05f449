//! Lines of what a process writes, none of them longer than a bound.

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// The most bytes of a line, after which the next one begins: the largest
/// [event of CloudWatch Logs](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html) was
/// this long for years.
const LONGEST: usize = 256 << 10;

/// Reads lines from a stream.
pub(super) struct Lines<S> {
    stream: BufReader<S>,
    begun: Vec<u8>,
    /// Whether the last line was cut, so that an end that follows at once is its own.
    was_cut: bool,
}

impl<S: AsyncRead + Unpin> Lines<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream: BufReader::new(stream),
            begun: Vec::new(),
            was_cut: false,
        }
    }

    /// Returns the next line without its end, or `None` when the stream has ended. A call that is given up loses nothing:
    /// what has been read of a line is kept.
    pub(super) async fn next(&mut self) -> std::io::Result<Option<String>> {
        loop {
            let read = self.stream.fill_buf().await?;
            if read.is_empty() {
                return Ok((!self.begun.is_empty()).then(|| self.take()));
            }
            if std::mem::take(&mut self.was_cut) && read[0] == b'\n' {
                self.stream.consume(1);
                continue;
            }
            let room = LONGEST - self.begun.len();
            let end = read.iter().take(room).position(|byte| *byte == b'\n');
            let taken = end.unwrap_or(read.len().min(room));
            self.begun.extend_from_slice(&read[..taken]);
            self.stream.consume(taken + usize::from(end.is_some()));
            self.was_cut = end.is_none() && self.begun.len() == LONGEST;
            if end.is_some() || self.was_cut {
                return Ok(Some(self.take()));
            }
        }
    }

    fn take(&mut self) -> String {
        let line = String::from_utf8_lossy(&self.begun).into_owned();
        self.begun.clear();
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(text: &[u8]) -> Vec<usize> {
        let mut lines = Lines::new(text);
        let mut lengths = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            lengths.push(line.len());
        }
        lengths
    }

    #[tokio::test]
    async fn a_line_without_end_is_cut() {
        assert_eq!(lines(b"ab\n\nc").await, [2, 0, 1]);
        assert_eq!(lines(b"").await, [0; 0]);
        let long = vec![b'x'; LONGEST + 7];
        assert_eq!(lines(&long).await, [LONGEST, 7]);
        let ended = [&long[..LONGEST], b"\nab\n"].concat();
        assert_eq!(lines(&ended).await, [LONGEST, 2]);
    }
}
