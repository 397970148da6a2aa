//! Gzipped files.

use super::file::{invalid_data, unpack_error};
use flate2::bufread::GzDecoder;
use std::io::{self, BufRead, Read};

/// Unpacks all members of a gzipped file; ignores zeros after the last one, as gzip does.
///
/// Tapes and block devices leave such zeros. `flate2::read::MultiGzDecoder` takes them for a broken member.
pub(super) struct Gunzip<R> {
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Gunzip<R> {
    pub(super) fn new(from: R) -> Self {
        Self { member: Some(GzDecoder::new(from)) }
    }

    /// Goes to the next member, if there is one.
    fn advance(&mut self) -> io::Result<()> {
        let Some(member) = self.member.take() else { return Ok(()) };
        let mut rest = member.into_inner();
        let mut is_padded = false;
        loop {
            let bytes = rest.fill_buf()?;
            let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
            if bytes.is_empty() {
                return Ok(());
            }
            if zeros < bytes.len() {
                if is_padded || zeros > 0 {
                    return Err(invalid_data(
                        "expected nothing but zeros after the gzipped content, found other bytes",
                    ));
                }
                self.member = Some(GzDecoder::new(rest));
                return Ok(());
            }
            rest.consume(zeros);
            is_padded = true;
        }
    }
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let (Some(member), false) = (&mut self.member, buffer.is_empty()) {
            match member.read(buffer).map_err(unpack_error)? {
                0 => self.advance()?,
                read => return Ok(read),
            }
        }
        Ok(0)
    }
}
