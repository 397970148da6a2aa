//! One member of a zip archive, in time that is linear in the bytes of the archive.
//!
//! Exactly what .npz files and Keras' archives need is read: members that are stored or deflated, archives of either
//! size (zip64). The directory is read from its start to its end, as often as its length in the end record says: twice.

#[cfg(feature = "keras")]
use super::file::reserve;
use super::file::{invalid_data, list, quote, read_header_bytes, read_up_to, unpack_error};
use super::source::{Content, Length, Source};
use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

/// The end record without its comment, in bytes.
const END_RECORD: usize = 22;
/// The longest comment, in bytes.
const LONGEST_COMMENT: usize = 65_535;
/// An entry of the directory without its name and what follows, in bytes.
const ENTRY: usize = 46;
/// The header in front of the data of a member without its name and what follows, in bytes.
const LOCAL_HEADER: usize = 30;

/// What the directory says of one member.
pub(super) struct Member {
    /// Where the header of the member starts.
    start: u64,
    /// Where the data must have ended: the start of the directory.
    limit: u64,
    method: u16,
    is_encrypted: bool,
    checksum: u32,
    packed: u64,
    unpacked: u64,
    name: Vec<u8>,
}

impl Member {
    /// Returns the bytes of the archive that the member takes at least.
    fn range(&self) -> io::Result<std::ops::Range<u64>> {
        let header = (LOCAL_HEADER + self.name.len()) as u64;
        let end = self.start.checked_add(header).and_then(|data| data.checked_add(self.packed));
        match end.filter(|&end| end <= self.limit) {
            Some(end) => Ok(self.start..end),
            None => Err(invalid_data(format!(
                "expected members before the directory at byte {}, found {} at byte {} with {} bytes",
                self.limit,
                quote(&self.name),
                self.start,
                self.packed
            ))),
        }
    }

    /// Returns the name without an ending that all members of a kind have.
    fn name_without(&self, ending: &str) -> &[u8] {
        self.name.strip_suffix(ending.as_bytes()).unwrap_or(&self.name)
    }
}

/// Reads a whole member; the limit for compressed ones counts from their compressed size.
#[cfg(feature = "keras")]
pub(crate) fn read_member<R: Read + Seek>(
    archive: &mut BufReader<R>,
    name: &str,
    source: &Source,
) -> io::Result<Vec<u8>> {
    let member = find(archive, "member", name, "")?;
    let mut content = open(archive, &member, source)?;
    let most = usize::try_from(member.unpacked).ok();
    let mut bytes = Vec::new();
    loop {
        let more = content.from.fill_buf()?;
        let length = more.len();
        if length == 0 {
            return Ok(bytes);
        }
        reserve(&mut bytes, length, most)?;
        bytes.extend_from_slice(more);
        content.from.consume(length);
    }
}

/// Finds the member whose name is this with an ending; `what` is what messages call it.
///
/// Two of one name, a member beyond the end and one that overlaps the one found are errors.
pub(super) fn find<R: Read + Seek>(
    archive: &mut BufReader<R>,
    what: &str,
    name: &str,
    ending: &str,
) -> io::Result<Member> {
    let end = find_end(archive)?;
    let mut found = None;
    read_directory(archive, &end, |member| {
        let range = member.range()?;
        if member.name.strip_suffix(ending.as_bytes()) != Some(name.as_bytes()) {
            return Ok(());
        }
        if found.is_some() {
            return Err(invalid_data(format!("expected one {what} called {name}, found two")));
        }
        let name = member.name.clone();
        found = Some((Member { name, ..*member }, range));
        Ok(())
    })?;
    let Some((found, range)) = found else {
        let mut names = Vec::new();
        let mut count = 0_usize;
        read_directory(archive, &end, |member| {
            count += 1;
            if names.len() < 10 {
                names.push(member.name_without(ending).to_owned());
            }
            Ok(())
        })?;
        let more = count - names.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let names = list(names.iter().map(Vec::as_slice));
        return Err(invalid_data(format!("expected a {what} called {name}, found {names}{more}")));
    };
    read_directory(archive, &end, |member| {
        let other = member.range()?;
        if member.start != found.start && other.start < range.end && range.start < other.end {
            let other = quote(&member.name);
            return Err(invalid_data(format!("expected members that do not overlap, found {name} in {other}")));
        }
        if member.start == found.start && member.name != found.name {
            return Err(invalid_data(format!("expected one name for the data of {name}, found two")));
        }
        Ok(())
    })?;
    Ok(found)
}

/// Returns name and data of all members of an archive whose members are stored as they are, in the directory's order.
///
/// A packed member, two of one name and two that overlap are errors.
#[cfg(feature = "pytorch")]
pub(crate) fn stored_members(archive: &[u8]) -> io::Result<Vec<(Vec<u8>, &[u8])>> {
    let mut reader = BufReader::new(io::Cursor::new(archive));
    let end = find_end(&mut reader)?;
    let (mut members, mut ranges, mut checksums) = (Vec::new(), Vec::new(), Vec::new());
    read_directory(&mut reader, &end, |member| {
        let name = quote(&member.name);
        if member.method != 0 || member.is_encrypted || member.packed != member.unpacked {
            let method = member.method;
            return Err(invalid_data(format!("expected a stored member {name} (method 0), found method {method}")));
        }
        member.range()?;
        let at = |position: u64| usize::try_from(position).unwrap_or(usize::MAX);
        let start = at(member.start);
        let header = archive.get(start..).unwrap_or_default();
        if header.len() < LOCAL_HEADER || !header.starts_with(b"PK\x03\x04") {
            return Err(invalid_data(format!("expected the header of {name} at byte {start}, found none")));
        }
        let data = start + LOCAL_HEADER + usize::from(u16_at(header, 26)) + usize::from(u16_at(header, 28));
        let range = data..data.saturating_add(at(member.packed));
        let Some(content) = archive.get(..at(member.limit)).and_then(|members| members.get(range.clone())) else {
            return Err(invalid_data(format!(
                "expected {name} to end before the directory, found that it overlaps it"
            )));
        };
        members.push((member.name.clone(), content));
        ranges.push(start..range.end);
        checksums.push(member.checksum);
        Ok(())
    })?;
    ranges.sort_unstable_by_key(|range| range.start);
    if ranges.windows(2).any(|pair| pair[1].start < pair[0].end) {
        return Err(invalid_data("expected members that do not overlap, found two that do"));
    }
    let mut names: Vec<_> = members.iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(invalid_data(format!("expected one member called {}, found two", quote(pair[0]))));
    }
    // Last, as the members together are now known to be no longer than the archive.
    for ((name, content), checksum) in members.iter().zip(checksums) {
        let mut crc = Crc::new();
        crc.update(content);
        if crc.sum() != checksum {
            let (name, found) = (quote(name), crc.sum());
            return Err(invalid_data(format!("expected the checksum {checksum:08x} of {name}, found {found:08x}")));
        }
    }
    Ok(members)
}

/// Opens a member for reading; an error of its content comes while it is read.
pub(super) fn open<'a, R: Read + Seek>(
    archive: &'a mut BufReader<R>,
    member: &Member,
    source: &Source,
) -> io::Result<Content<'a>> {
    if member.is_encrypted {
        return Err(invalid_data("expected a member without a password, found an encrypted one"));
    }
    archive.seek(SeekFrom::Start(member.start))?;
    let mut header = [0; LOCAL_HEADER];
    read_header_bytes(archive, &mut header)?;
    if !header.starts_with(b"PK\x03\x04") {
        return Err(invalid_data(format!("expected the header of a member at byte {}, found none", member.start)));
    }
    let skipped = i64::from(u16_at(&header, 26)) + i64::from(u16_at(&header, 28));
    archive.seek_relative(skipped)?;
    let data = member.start + LOCAL_HEADER as u64 + skipped.unsigned_abs();
    if data + member.packed > member.limit {
        return Err(invalid_data("expected a member that ends before the directory, found one that overlaps it"));
    }
    let packed = archive.take(member.packed);
    let unpacked: Box<dyn Read + 'a> = match member.method {
        0 if member.packed != member.unpacked => {
            let Member { packed, unpacked, .. } = member;
            return Err(invalid_data(format!("expected {unpacked} stored bytes, found {packed}")));
        }
        0 => Box::new(packed),
        8 => {
            let limit = source.limit(member.packed);
            if member.unpacked > limit.bytes {
                return Err(limit.exceeded(member.unpacked));
            }
            Box::new(DeflateDecoder::new(packed))
        }
        method => {
            let text = format!("expected a member that is stored (method 0) or deflated (8), found method {method}");
            return Err(invalid_data(text));
        }
    };
    let Member { unpacked: left, checksum, .. } = *member;
    let checked = Checked { from: unpacked, left, checksum, crc: Crc::new() };
    Ok(Content { from: Box::new(BufReader::new(checked)), length: Length::Claimed(member.unpacked) })
}

/// Reads exactly the bytes that the directory claims, and compares their checksum at the end.
struct Checked<R> {
    from: R,
    left: u64,
    checksum: u32,
    crc: Crc,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left.saturating_add(1)).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.from.read(&mut buffer[..most]).map_err(unpack_error)?;
        if read == 0 && most > 0 {
            if self.left > 0 {
                return Err(invalid_data(format!("expected {} more bytes in the archive, found its end", self.left)));
            }
            if self.crc.sum() != self.checksum {
                let text = format!("expected the checksum {:08x}, found {:08x}", self.checksum, self.crc.sum());
                return Err(invalid_data(text));
            }
        }
        self.crc.update(&buffer[..read]);
        let more = || invalid_data("expected as many bytes as the directory of the archive says, found more");
        self.left = self.left.checked_sub(read as u64).ok_or_else(more)?;
        Ok(read)
    }
}

/// Where the directory is.
struct End {
    entries: u64,
    start: u64,
    size: u64,
}

/// Finds the end record: at the end of the file, with a comment behind it at most.
fn find_end<R: Read + Seek>(archive: &mut BufReader<R>) -> io::Result<End> {
    let none = || invalid_data("expected a zip archive, found a file without the end record of one");
    let length = archive.seek(SeekFrom::End(0))?;
    let tail_start = length.saturating_sub((END_RECORD + LONGEST_COMMENT) as u64);
    archive.seek(SeekFrom::Start(tail_start))?;
    let mut tail = Vec::with_capacity(usize::try_from(length - tail_start).unwrap_or_default());
    archive.by_ref().take(length - tail_start).read_to_end(&mut tail)?;
    let is_record = |at: &usize| {
        let record = &tail[*at..];
        record.starts_with(b"PK\x05\x06") && END_RECORD + usize::from(u16_at(record, 20)) == record.len()
    };
    let at = (0..(tail.len() + 1).saturating_sub(END_RECORD)).rev().find(is_record).ok_or_else(none)?;
    let record = &tail[at..];
    let mut end =
        End { entries: u16_at(record, 10).into(), size: u32_at(record, 12).into(), start: u32_at(record, 16).into() };
    let mut record_start = tail_start + at as u64;
    let is_zip64 = end.entries == 0xffff || end.size == 0xffff_ffff || end.start == 0xffff_ffff;
    // A directory of exactly 65,535 entries needs no zip64 record.
    if is_zip64 && at >= 20 && tail[at - 20..].starts_with(b"PK\x06\x07") {
        record_start = u64_at(&tail[at - 20..], 8);
        archive.seek(SeekFrom::Start(record_start.min(length)))?;
        let mut record = [0; 56];
        if read_up_to(archive, &mut record)? < record.len() || !record.starts_with(b"PK\x06\x06") {
            return Err(none());
        }
        end = End { entries: u64_at(&record, 32), size: u64_at(&record, 40), start: u64_at(&record, 48) };
    }
    if end.start.checked_add(end.size).is_none_or(|end| end > record_start || record_start >= length) {
        return Err(invalid_data("expected the directory of the archive before its end record, found it elsewhere"));
    }
    Ok(end)
}

/// Hands every entry of the directory to `visit`.
fn read_directory<R: Read + Seek>(
    archive: &mut BufReader<R>,
    end: &End,
    mut visit: impl FnMut(&Member) -> io::Result<()>,
) -> io::Result<()> {
    archive.seek(SeekFrom::Start(end.start))?;
    let mut directory = archive.by_ref().take(end.size);
    let mut member = Member {
        start: 0,
        limit: end.start,
        method: 0,
        is_encrypted: false,
        checksum: 0,
        packed: 0,
        unpacked: 0,
        name: Vec::new(),
    };
    let mut extra = Vec::new();
    for _ in 0..end.entries {
        let mut entry = [0; ENTRY];
        read_header_bytes(&mut directory, &mut entry)?;
        if !entry.starts_with(b"PK\x01\x02") {
            return Err(invalid_data("expected an entry in the directory of the archive, found other bytes"));
        }
        member.is_encrypted = u16_at(&entry, 8) & 1 != 0;
        member.method = u16_at(&entry, 10);
        member.checksum = u32_at(&entry, 16);
        read_bytes(&mut directory, &mut member.name, u16_at(&entry, 28))?;
        read_bytes(&mut directory, &mut extra, u16_at(&entry, 30))?;
        skip(&mut directory, u16_at(&entry, 32))?;
        // A field with all bits set stands in the extra fields, in this order.
        let mut large = Zip64::find(&extra);
        member.unpacked = large.widen(u32_at(&entry, 24))?;
        member.packed = large.widen(u32_at(&entry, 20))?;
        member.start = large.widen(u32_at(&entry, 42))?;
        visit(&member)?;
    }
    if directory.limit() > 0 {
        let text = format!("expected a directory of {} entries, found {} bytes more", end.entries, directory.limit());
        return Err(invalid_data(text));
    }
    Ok(())
}

/// The extra field with the sizes that need 64 bits.
struct Zip64<'a>(&'a [u8]);

impl<'a> Zip64<'a> {
    fn find(mut extra: &'a [u8]) -> Self {
        while extra.len() >= 4 {
            let (id, length) = (u16_at(extra, 0), usize::from(u16_at(extra, 2)));
            let Some(field) = extra.get(4..4 + length) else { break };
            if id == 1 {
                return Self(field);
            }
            extra = &extra[4 + length..];
        }
        Self(&[])
    }

    fn widen(&mut self, value: u32) -> io::Result<u64> {
        if value != u32::MAX {
            return Ok(value.into());
        }
        let Some((first, rest)) = self.0.split_first_chunk::<8>() else {
            return Err(invalid_data("expected a size of 64 bits in the directory of the archive, found none"));
        };
        self.0 = rest;
        Ok(u64::from_le_bytes(*first))
    }
}

fn read_bytes(from: &mut impl Read, bytes: &mut Vec<u8>, length: u16) -> io::Result<()> {
    bytes.resize(length.into(), 0);
    read_header_bytes(from, bytes)
}

fn skip(from: &mut impl BufRead, length: u16) -> io::Result<()> {
    let mut left = usize::from(length);
    while left > 0 {
        let there = from.fill_buf()?.len().min(left);
        if there == 0 {
            return Err(invalid_data("expected a whole directory, found the end of the file within it"));
        }
        from.consume(there);
        left -= there;
    }
    Ok(())
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
