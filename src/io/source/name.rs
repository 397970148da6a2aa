//! The names and texts that generated code may hold: identifiers, labels, names of columns.

use crate::{Error, Result};

/// Demands an identifier of both languages that is no keyword of either.
pub(super) fn check_name(operation: &'static str, name: &str) -> Result<()> {
    let starts_with_letter = name.starts_with(|first: char| first.is_ascii_alphabetic());
    let is_identifier = starts_with_letter && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_identifier {
        let expected = "a name of ASCII letters, digits and _ that starts with a letter";
        return Err(Error::invalid(operation, expected, format!("{name:?}")));
    }
    if KEYWORDS.split_whitespace().any(|keyword| keyword == name) {
        return Err(Error::invalid(operation, "a name that is no keyword of C or Rust", format!("{name:?}")));
    }
    Ok(())
}

/// The keywords of C (to C23) and Rust (reserved ones too), and names that a program or a header defines itself.
const KEYWORDS: &str = "
    alignas alignof asm auto bool break case char const constexpr continue default do double else enum extern false
    float for fortran goto if inline int long nullptr register restrict return short signed sizeof static static_assert
    struct switch thread_local true typedef typeof typeof_unqual union unsigned void volatile while
    abstract as async await become box crate dyn final fn gen impl in let loop macro match mod move mut override priv
    pub ref self Self super trait try type unsafe unsized use virtual where yield
    main offsetof ptrdiff_t size_t wchar_t int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t linux unix
";

/// Most bytes of a label: a C compiler need not take longer strings.
const MOST_BYTES: usize = 4095;

/// Demands one label per output, each a text that is not empty and no trouble in C.
pub(super) fn check_labels(operation: &'static str, labels: &[String], outputs: usize) -> Result<()> {
    if labels.len() != outputs {
        let expected = format!("a label for each of {outputs} outputs");
        return Err(Error::invalid(operation, expected, format!("{} labels", labels.len())));
    }
    for (index, label) in labels.iter().enumerate() {
        if label.is_empty() || label.len() > MOST_BYTES || label.contains('\0') {
            let expected = format!("labels of 1 to {MOST_BYTES} bytes without a zero byte");
            let found = label.chars().take(20).collect::<String>();
            return Err(Error::invalid(operation, expected, format!("{found:?} for output {index}")));
        }
    }
    Ok(())
}

/// Quotes a label as C has it. All but printable ASCII is written as octal bytes of UTF-8: unlike hexadecimal ones they
/// end after three digits. The second of two question marks is escaped, or they could begin a trigraph.
pub(super) fn quote_for_c(label: &str) -> String {
    let mut quoted = String::from("\"");
    let mut before = 0;
    for byte in label.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b'?' if before == b'?' => quoted.push_str("\\?"),
            b' '..=b'~' => quoted.push(char::from(byte)),
            _ => quoted.push_str(&format!("\\{byte:03o}")),
        }
        before = byte;
    }
    quoted + "\""
}

/// Quotes a text as Rust has it, in ASCII. In a comment nothing that follows can be taken for its end.
pub(super) fn quote_for_rust(text: &str) -> String {
    format!("\"{}\"", text.escape_default())
}
