//! Tables of text are read as they are, with all their rows, or refused with a sentence that helps.

use feedforward::Table;
#[cfg(feature = "gzip")]
use feedforward::data::Source;
use feedforward::data::{Column, Csv, Entry, Kind};
use proptest::prelude::*;

fn read(text: &str) -> Table {
    Csv::new().read(text.as_bytes()).unwrap()
}

/// Returns the error of a reader without the name of the file in front.
fn refusal(reader: &Csv, bytes: impl AsRef<[u8]>) -> String {
    let words = reader.read(bytes.as_ref()).unwrap_err().to_string();
    words.strip_prefix("table: ").unwrap_or(&words).to_owned()
}

/// Returns the rows of a table as texts, `NA` for a missing entry.
fn rows(table: &Table) -> Vec<Vec<String>> {
    let row = |row| table.columns().iter().map(|column| column.get(row).unwrap().to_string()).collect();
    (0..table.rows()).map(row).collect()
}

fn names(table: &Table) -> Vec<&str> {
    table.names().collect()
}

#[test]
fn names_kinds_and_missing_entries_are_found() {
    let table = read("species,mass,island\nAdelie,39.5,Dream\n\"Gentoo\",NA,\n?,-1e3,null\n");
    let expected = Table::new(vec![
        Column::texts("species", [Some("Adelie"), Some("Gentoo"), None]),
        Column::numbers("mass", vec![39.5, f64::NAN, -1000.0]),
        Column::texts("island", [Some("Dream"), None, None]),
    ]);
    assert_eq!(table, expected.unwrap());
    let all = "x\n\n?\nNA\nN/A\nn/a\n#N/A\n#N/A N/A\n#NA\n<NA>\nNaN\nnan\n-NaN\n-nan\n1.#IND\n-1.#IND\n1.#QNAN\n-1.#QNAN\n\
        NULL\nnull\nNone\n\"NA\"\n\"\"\n7\n";
    let table = read(all);
    assert_eq!((table.rows(), table.columns()[0].count_missing()), (23, 22));
    assert_eq!(table.columns()[0].get(22), Some(Entry::Number(7.0)));
}

#[test]
fn every_delimiter_is_found_and_quotation_marks_hide_the_others() {
    for delimiter in [",", ";", "\t", "|", " ", "   ", " \t "] {
        let text =
            "name,mass\n\"a,b;c|d e\",1\nf,2\n".replace(",", delimiter).replace(&format!("a{delimiter}b"), "a,b");
        let table = read(&text);
        assert_eq!(rows(&table), [["a,b;c|d e", "1"], ["f", "2"]], "{delimiter:?}");
    }
    // Blanks at the start and end of a line delimit nothing.
    assert_eq!(rows(&read("  a   b \n 1  2\n10\t 20  \n")), [["1", "2"], ["10", "20"]]);
    // Texts with blanks are one column.
    let cities = Csv::new().with_header().read("city\nNew York\nLos Angeles\n".as_bytes()).unwrap();
    assert_eq!(rows(&cities), [["New York"], ["Los Angeles"]]);
    let given = Csv::new().delimiter(b':').read("a:b\n1:2\n".as_bytes()).unwrap();
    assert_eq!(names(&given), ["a", "b"]);
    // A title of another width does not hide the delimiter.
    assert!(refusal(&Csv::new(), "a, b and c\n1;2\n3;4\n").starts_with("line 2: expected 1 column as in line 1"));
}

#[test]
fn two_delimiters_that_fit_are_named() {
    let found = refusal(&Csv::new(), "1,2;3\n4,5;6\n");
    let expected = "expected one delimiter that fits the first lines, found two: comma and semicolon";
    assert_eq!(found, format!("{expected}; give it by `Csv::delimiter`"));
    let found = refusal(&Csv::new(), "name\nSmith, John\nSmith\nMiller\n");
    assert!(
        found.starts_with("expected a delimiter in most lines or in none, found a comma in 1 of the first 4 lines")
    );
    // Quotation marks settle it.
    assert_eq!(read("a;b\n\"1,2\";3\n\"4,5\";6\n").columns().len(), 2);
}

#[test]
fn a_first_line_that_may_be_data_is_refused_with_what_to_call() {
    let remedy = "call `Csv::with_header` if it is a name, `Csv::without_header` if the line is data, \
        `Csv::skip_lines(1)` if it is neither";
    let found = refusal(&Csv::new(), "1,2\n3,4\n");
    assert_eq!(found, format!("line 1, column 1: expected the name of a column, found \"1\"; {remedy}"));
    // Years as names, a row of a table without a header, counts and classes.
    for text in ["land,1990\nA,1\n", "5.1,setosa\n4.9,setosa\n", "150,setosa\n5.1,0\n", "a,NA\nb,1\n"] {
        assert!(refusal(&Csv::new(), text).ends_with(remedy), "{text}");
    }
    let found = refusal(&Csv::new(), "name,land\nA,B\nC,D\n");
    let expected =
        "line 1: expected names of columns, which differ in kind from what is below, found texts as in all lines";
    let remedy = "call `Csv::with_header` if it holds names, `Csv::without_header` if it holds data";
    assert_eq!(found, format!("{expected}; {remedy}"));
    let texts = Csv::new().with_header().read("name,land\nA,B\n".as_bytes()).unwrap();
    assert_eq!((names(&texts), texts.rows()), (vec!["name", "land"], 1));
    let years = Csv::new().with_header().read("land,1990\nA,1\n".as_bytes()).unwrap();
    assert_eq!(names(&years), ["land", "1990"]);
    let data = Csv::new().without_header().read("1,x\n3,y\n".as_bytes()).unwrap();
    assert_eq!((names(&data), data.rows()), (vec!["column_1", "column_2"], 2));
}

#[test]
fn names_can_be_given() {
    let reader = Csv::new().names(&["a", "b"]);
    let table = reader.clone().with_header().read("x,y\n1,2\n".as_bytes()).unwrap();
    assert_eq!((names(&table), table.rows()), (vec!["a", "b"], 1));
    assert_eq!(reader.clone().without_header().read("x,y\n1,2\n".as_bytes()).unwrap().rows(), 2);
    // A line with a number is data.
    assert_eq!(reader.read("1,2\n3,4\n".as_bytes()).unwrap().rows(), 2);
    let found = refusal(&reader, "x,y\n1,2\n");
    assert!(
        found.starts_with("line 1, column 1: expected a number below the names given, found \"x\"; call"),
        "{found}"
    );
    let found = refusal(&reader.without_header(), "1,2,3\n");
    assert_eq!(found, "line 1: expected 2 columns as names are given, found 3");
}

#[test]
fn empty_and_equal_names_are_refused_with_the_number_of_the_column() {
    let found = refusal(&Csv::new(), "a,,c\n1,2,3\n");
    let remedy = "by `Csv::names` together with `Csv::with_header`";
    assert_eq!(found, format!("line 1, column 2: expected a name, found an empty one; give names {remedy}"));
    let found = refusal(&Csv::new(), "a,b,a\n1,2,3\n");
    let expected = "line 1: expected different names, found \"a\" in the columns 1 and 3";
    assert_eq!(found, format!("{expected}; give others {remedy}"));
}

#[test]
fn row_numbers_without_a_name_are_left_out_unless_asked_for() {
    for text in [",a\n0,5\n1,6\n", "\"\",\"a\"\n\"1\",5\n\"2\",6\n"] {
        assert_eq!(names(&read(text)), ["a"]);
        let kept = Csv::new().keep_row_numbers().read(text.as_bytes()).unwrap();
        assert_eq!(names(&kept), ["row", "a"]);
    }
    // They tell a header of texts.
    assert_eq!(rows(&read(",a,b\n1,x,y\n2,z,w\n")), [["x", "y"], ["z", "w"]]);
    let cars = ",speed\nMazda,21\nDatsun,22.8\n";
    let found = refusal(&Csv::new(), cars);
    let expected = "line 1, column 1: expected a name, found an empty one above other entries than row numbers";
    assert_eq!(found, format!("{expected}; if they are names of the rows, call `Csv::row_names`"));
    let table = Csv::new().row_names().read(cars.as_bytes()).unwrap();
    assert_eq!(
        (names(&table), table.column("row").unwrap().get(1)),
        (vec!["row", "speed"], Some(Entry::Text("Datsun")))
    );
    assert!(refusal(&Csv::new(), ",a\n1,5\n3,6\n").starts_with("line 1, column 1"));
    assert_eq!(
        refusal(&Csv::new(), "\"\",\n0,1\n1,2\n").split(';').next().unwrap(),
        "line 1, column 2: expected a name, found an empty one"
    );
}

#[test]
fn a_header_that_is_one_field_shorter_needs_row_names() {
    let text = "\"speed\" \"gears\"\n\"Mazda RX4\" 21 6\n\"Datsun\" 22.8 4\n";
    let found = refusal(&Csv::new(), text);
    let expected = "line 2: expected 2 columns as in line 1, found 3";
    let remedy = "if each line starts with the name of its row, call `Csv::row_names`; else, if line 1 is no header, \
        call `Csv::skip_lines(1)`";
    assert_eq!(found, format!("{expected}; {remedy}"));
    let table = Csv::new().row_names().read(text.as_bytes()).unwrap();
    assert_eq!(names(&table), ["row", "speed", "gears"]);
    assert_eq!(rows(&table), [["Mazda RX4", "21", "6"], ["Datsun", "22.8", "4"]]);
    let numbered = Csv::new().row_names().read("a b\n1 5 6\n2 7 8\n".as_bytes()).unwrap();
    assert_eq!(names(&numbered), ["a", "b"]);
    let title = refusal(&Csv::new(), "counts,of,flowers,x\n1,2\n3,4\n");
    let expected = "line 2: expected 4 columns as in line 1, found 2";
    assert_eq!(title, format!("{expected}; if line 1 is no header, call `Csv::skip_lines(1)`"));
}

#[test]
fn no_row_is_lost_to_a_quotation_mark_a_cut_or_another_width() {
    let words = |text: &str| refusal(&Csv::new(), text);
    assert_eq!(words("a,b\n1,2\n3\n"), "line 3: expected 2 columns, found 1");
    assert_eq!(words("a,b\n1,2\n3,4,5,6\n7,8\n"), "line 3: expected 2 columns, found 4");
    assert_eq!(words("a,b\r\n1,2\r\n\r\n3"), "line 4: expected 2 columns, found 1");
    assert_eq!(words("a b\n1 2\n3 4\n5\n"), "line 4: expected 2 columns, found 1");
    let unclosed = "expected a closing quotation mark before the end of the file, found none after";
    assert_eq!(words("a,b\n1,\"x\n2,y\n3,z\n"), format!("line 2: {unclosed} \"\\\"x\\n2,y\\n3,z\\n\""));
    let more = "expected a comma or the end of the line after a closing quotation mark, found more";
    assert_eq!(words("a,b\n1,\"x\"y\n"), format!("line 2: {more}: \"\\\"x\\\"y\""));
    // A mark that opens in line 2 closes where the next one is.
    assert_eq!(words("a,b\n1,\"x\n2,\"y\"\n3,z\n"), format!("line 2: {more}: \"\\\"x\\n2,\\\"y\""));
}

#[test]
fn quotation_marks_keep_delimiters_line_ends_and_themselves() {
    let table = read("a,b\n\"x, \"\"y\"\"\nz\", 1 \n5\" pipe, \"2\" \n \" w \",3\n");
    assert_eq!(rows(&table), [["x, \"y\"\nz", "1"], ["5\" pipe", "2"], [" w ", "3"]]);
    // The line of an error is that of the file, not of the row.
    let found = refusal(&Csv::new(), "a,b\n\"x\r\n\ny\",1\n2,3,4\n");
    assert_eq!(found, "line 5: expected 2 columns, found 3");
}

#[test]
fn marks_and_line_ends_of_every_system_are_read() {
    let expected = read("a,b\n1,x\n2,y\n");
    for text in ["\u{feff}a,b\r\n1,x\r\n2,y\r\n", "a,b\r1,x\r2,y\r", "a,b\n1,x\n\n \n2,y", "\n\na,b\n1,x\n2,y\n\n\n"] {
        assert_eq!(read(text), expected, "{text:?}");
    }
    let reader = Csv::new().comment(b'#').skip_lines(2);
    let text = "A title, \"with a mark\nand more\n# a,b,c\na,b\n1,x\n # 5,6\n2,y\n#";
    assert_eq!(reader.read(text.as_bytes()).unwrap(), expected);
    assert_eq!(refusal(&Csv::new().skip_lines(5), "a\n1\n"), "expected more than 5 lines, found 2");
    let all = format!("expected more than {} lines, found 2", u64::MAX);
    assert_eq!(refusal(&Csv::new().skip_lines(u64::MAX), "a\n1\n"), all);
}

#[test]
fn other_encodings_are_refused_by_name() {
    let text = "name,mass\nZ\u{fc}rich,1\n";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [vec![0xff, 0xfe], utf16.clone()].concat();
    let convert = "convert it, for example with iconv";
    let found = refusal(&Csv::new(), marked);
    assert_eq!(found, format!("expected UTF-8 text, found a byte order mark of UTF-16; {convert}"));
    assert_eq!(refusal(&Csv::new(), utf16), format!("expected UTF-8 text, found zero bytes as in UTF-16; {convert}"));
    assert!(refusal(&Csv::new(), "a\n1\0\n").contains("zero bytes as in a binary file"));
    let latin: Vec<u8> = text.chars().map(|character| character as u32 as u8).collect();
    let found = refusal(&Csv::new(), &latin);
    let expected = "line 2, column \"name\": expected UTF-8 text, found \"Z\u{fffd}rich\", which looks like";
    assert_eq!(found, format!("{expected} Latin-1 (ISO 8859-1) or Windows-1252; {convert}"));
    let found = refusal(&Csv::new(), b"a,b\n1,\x93x\x94\n");
    assert!(found.ends_with("which looks like Windows-1252; convert it, for example with iconv"), "{found}");
    assert!(refusal(&Csv::new(), b"\xe4,b\n1,2\n").starts_with("line 1, column 1: expected UTF-8 text"));
}

#[test]
fn numbers_are_read_as_they_are_written_where_they_were_told_to() {
    let reader = Csv::new().decimal_comma().thousands(b'.');
    let table = reader.read("a;b\n1,5;1.234.567,25\n-2;1.000\n".as_bytes()).unwrap();
    assert_eq!(rows(&table), [["1.5", "1234567.25"], ["-2", "1000"]]);
    // A point that groups nothing is no number.
    let found = refusal(&reader, "a;b\n1,5;2\n1.5;3\n");
    assert!(found.starts_with("line 3, column \"a\": expected a number as above"), "{found}");
    let english = Csv::new().thousands(b',').read("a;b\n1,234;2\n".as_bytes());
    assert_eq!(rows(&english.unwrap()), [["1234", "2"]]);
    let missing =
        Csv::new().missing(&["-999", "none of both"]).read("a,b\n-999,x\n-999.0,none of both\n4,-999\n".as_bytes());
    assert_eq!(rows(&missing.unwrap()), [["NA", "x"], ["NA", "NA"], ["4", "NA"]]);
}

#[test]
fn a_text_below_numbers_makes_texts_of_them_only_if_they_come_back() {
    let table = read("id,x\n7,1\n-0.5,2\n,3\n100,4\n7a,5\n7,6\n");
    assert_eq!(
        table.column("id").unwrap(),
        &Column::texts("id", [Some("7"), Some("-0.5"), None, Some("100"), Some("7a"), Some("7")])
    );
    for lost in ["01", "1.50", "1e3", "+5", ".5", "1234567890123456"] {
        let found = refusal(&Csv::new(), format!("zip,x\n5,1\n{lost},2\nK1A,3\n"));
        let expected = "line 4, column \"zip\": expected a number as above, where some are written in a way that a number \
            does not keep (01, 1.50), found \"K1A\"";
        assert_eq!(found, format!("{expected}; call `Csv::text(&[\"zip\"])` or `Csv::missing(&[\"K1A\"])`"), "{lost}");
    }
    let table = Csv::new().text(&["zip"]).read("zip,x\n01,1\n1.50,2\n".as_bytes()).unwrap();
    assert_eq!(rows(&table), [["01", "1"], ["1.50", "2"]]);
    let found = refusal(&Csv::new().text(&["zap"]), "zip,x\n01,1\n");
    assert_eq!(found, "expected a column \"zap\" to read as texts, found \"zip\", \"x\"");
    for infinite in ["inf", "-Infinity", "1e999"] {
        let found = refusal(&Csv::new(), format!("a,b\n1,2\n{infinite},3\n"));
        let expected = format!("line 3, column \"a\": expected a finite number, found \"{infinite}\"");
        assert_eq!(found, format!("{expected}; call `Csv::text(&[\"a\"])` or `Csv::missing(&[\"{infinite}\"])`"));
    }
}

#[test]
fn a_column_with_nothing_holds_missing_numbers() {
    let table = read("a,b,c\n1,,x\n2,NA,\n");
    assert_eq!((table.columns()[1].kind(), table.columns()[1].count_missing()), (Kind::Number, 2));
    assert_eq!(rows(&read("a\n\n1\n\n\n")), [["NA"], ["1"], ["NA"], ["NA"]]);
}

#[test]
fn files_without_a_row_are_refused() {
    for text in ["", "\n\n", "\u{feff}", "  "] {
        assert_eq!(refusal(&Csv::new(), text), "expected at least one line, found none", "{text:?}");
    }
    for text in ["a,b", "a,b\n\n", "\"a\",b\r\n"] {
        assert_eq!(refusal(&Csv::new(), text), "expected at least one line below the names of the columns, found none");
    }
    let found = refusal(&Csv::new().row_names(), "\"\"\n1\n2\n");
    assert!(found.starts_with("line 1, column 1: expected a name, found an empty one"), "{found}");
    let missing = Table::read_csv("no such file.csv").unwrap_err().to_string();
    assert!(missing.starts_with("no such file.csv: "), "{missing}");
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    let words = |reader: Csv| reader.read("a,b\n1,2\n".as_bytes()).unwrap_err().to_string();
    let expected = "Csv: expected an ASCII character that is no part of a number, no quotation mark and no line end as";
    assert_eq!(words(Csv::new().delimiter(b'"')), format!("{expected} delimiter, found '\\\"'"));
    assert_eq!(words(Csv::new().delimiter(b',').decimal_comma()), format!("{expected} delimiter, found ','"));
    assert_eq!(words(Csv::new().delimiter(b'5')), format!("{expected} delimiter, found '5'"));
    assert!(words(Csv::new().comment(b' ')).contains("as comment, found ' '"));
    assert!(words(Csv::new().delimiter(b'#').comment(b'#')).contains("as comment, found '#'"));
    assert!(words(Csv::new().thousands(b'.')).contains("as thousands separator, found '.'"));
    assert_eq!(
        words(Csv::new().row_names().without_header()),
        "Csv: expected a header with `row_names`: it shows which column has no name, found `without_header`"
    );
}

#[test]
fn long_fields_are_quoted_with_their_first_40_characters() {
    let start = "x".repeat(40);
    let found = refusal(&Csv::new(), format!("a,b\n01,2\n{},3\n", "x".repeat(50)));
    assert!(found.contains(&format!("found \"{start}\"... (50 bytes); call")), "{found}");
    let expected = "expected a field of at most 65536 bytes (is a quotation mark missing?), found";
    let long = "x".repeat(1 << 20);
    for text in [format!("a,b\n{long},3\n"), format!("a,b\n\"{long}\",3\n"), format!("a,b\n\"{long}")] {
        assert_eq!(refusal(&Csv::new(), text), format!("line 2: {expected} \"{start}\"... (65537 bytes)"));
    }
    let longest = "x".repeat(1 << 16);
    let doubled = "\"".repeat(1 << 17);
    let table = read(&format!("a,b\n{longest},1\n\"{doubled}\",2\n"));
    assert_eq!(table.columns()[0].get(0).unwrap().text(), Some(longest.as_str()));
    assert_eq!(table.columns()[0].get(1).unwrap().text().unwrap().len(), 1 << 16);
}

#[test]
fn at_most_100_000_columns_are_read() {
    let wide = |columns: usize| {
        let names: Vec<_> = (0..columns).map(|column| format!("c{column}")).collect();
        format!("{}\n{}\n", names.join(","), vec!["1"; columns].join(","))
    };
    let table = read(&wide(100_000));
    assert_eq!((table.rows(), table.columns().len()), (1, 100_000));
    assert_eq!(refusal(&Csv::new(), wide(100_001)), "line 1: expected at most 100000 columns, found more");
}

#[test]
fn a_line_of_100_megabytes_is_read() {
    let entry = "y".repeat(10_000);
    let mut text = (0..10_000).map(|column| format!("c{column}")).collect::<Vec<_>>().join(",");
    text += ",z\n";
    text += &vec![entry.as_str(); 10_000].join(",");
    text += ",1\n";
    assert!(text.len() > 100_000_000);
    let table = Csv::new().read(text.as_bytes()).unwrap();
    assert_eq!((table.rows(), table.columns().len()), (1, 10_001));
    assert_eq!(table.column("c9999").unwrap().get(0), Some(Entry::Text(&entry)));
}

/// The parts in which a reader hands out its bytes are no part of the table.
#[test]
fn a_table_does_not_depend_on_how_its_bytes_arrive() {
    struct Pieces<'a>(&'a [u8], usize);
    impl std::io::Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let length = self.1.min(buffer.len()).min(self.0.len());
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }
    // Fields of many lengths, across the edges of the buffer.
    let mut text = "a;b;c\r\n".to_owned();
    for row in 0..3000_usize {
        let word = "w\u{e9};\"\"\r\n".repeat(row * 7 % 90);
        text += &format!("{row};\"{word}\";{}\r\n", " ".repeat(row % 5));
    }
    let whole = read(&text);
    assert_eq!(whole.rows(), 3000);
    for row in [0, 1, 77, 2999] {
        assert_eq!(whole.columns()[0].get(row), Some(Entry::Number(row as f64)));
        let word = "w\u{e9};\"\r\n".repeat(row * 7 % 90);
        let entry = if word.is_empty() { Entry::Missing } else { Entry::Text(&word) };
        assert_eq!(whole.columns()[1].get(row), Some(entry));
    }
    for piece in [1, 7, 4096, 1 << 20] {
        assert_eq!(Csv::new().read(Pieces(text.as_bytes(), piece)).unwrap(), whole);
    }
}

/// What is in memory of an `Ok` are the rows of all whole lines: a cut can only change the last one.
#[test]
fn every_prefix_is_refused_or_has_the_rows_of_its_whole_lines() {
    let texts = [
        "a,b,label\n1,2.5,x\n3,-4e1,\"y, \"\"z\"\"\nw\"\n\n5,6,v\n",
        "a b\n 1   2\n3  4 \n",
        "\u{feff}x\r\n1\r\n\r\n2\r\n",
        ";a;b\n1;x;0,5\n2;y;1,5\n",
    ];
    for text in texts {
        let reader = if text.contains("0,5") { Csv::new().decimal_comma() } else { Csv::new() };
        let whole = rows(&reader.read(text.as_bytes()).unwrap());
        let mut accepted = 0;
        for length in 0..text.len() {
            let prefix = &text.as_bytes()[..length];
            let Ok(table) = reader.read(prefix) else { continue };
            accepted += 1;
            let found = rows(&table);
            // The rows of the longest prefix before this one that ends with a line which is no part of an entry.
            let lines = (0..=length).rev().find_map(|end| {
                let ends = end > 0
                    && prefix[end - 1] == b'\n'
                    && (text.as_bytes()[..end].iter().filter(|&&b| b == b'"').count() % 2 == 0);
                ends.then(|| reader.read(&prefix[..end]).ok().map(|table| rows(&table))).flatten()
            });
            let complete = lines.unwrap_or_default();
            assert!(found.len() >= complete.len(), "{length} bytes of {text:?}");
            assert_eq!(found[..complete.len()], whole[..complete.len()], "{length} bytes of {text:?}");
        }
        assert!(accepted > 2, "{text:?}");
    }
}

#[cfg(feature = "gzip")]
#[test]
fn every_prefix_of_a_gzipped_table_is_an_error() {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(b"a,b,label\n1,2,x\n3,4,y\n5,6,x\n").unwrap();
    let whole = encoder.finish().unwrap();
    let path = std::env::temp_dir().join(format!("feedforward-prefixes-{}.csv.gz", std::process::id()));
    for length in 0..=whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        let table = Table::read_csv(Source::new(&path));
        assert_eq!(table.is_ok(), length == whole.len(), "{length} bytes");
    }
    std::fs::remove_file(&path).unwrap();
}

#[cfg(feature = "gzip")]
#[test]
fn the_bundled_tables_are_read() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/");
    let digits = Csv::new().without_header().read_file(format!("{data}digits.csv.gz")).unwrap();
    assert_eq!((digits.rows(), digits.columns().len()), (1797, 65));
    assert_eq!(digits.column("column_65").unwrap().as_numbers().unwrap()[..3], [0.0, 1.0, 2.0]);
    let diabetes = Table::read_csv(format!("{data}diabetes.csv")).unwrap();
    assert_eq!((diabetes.rows(), diabetes.columns().len()), (442, 11));
    assert_eq!(diabetes.column("target").unwrap().get(0), Some(Entry::Number(151.0)));
    let found = Table::read_csv(format!("{data}iris.csv")).unwrap_err().to_string();
    assert!(
        found.contains("iris.csv: line 1, column 1: expected the name of a column, found \"150\"; call"),
        "{found}"
    );
}

/// Writes an entry as a table holds it: between quotation marks if it must be, or if `quoted`.
fn written(entry: &str, quoted: bool) -> String {
    let must = entry.contains([',', ';', '|', '\t', '"', '\n', '\r']) || entry.trim() != entry;
    if must || quoted { format!("\"{}\"", entry.replace('"', "\"\"")) } else { entry.to_owned() }
}

proptest! {
    /// What is written comes back: texts to the last byte, numbers to the last bit.
    #[test]
    fn texts_and_numbers_come_back(
        entries in prop::collection::vec(("[a-z ,;|\t\"\n\r\u{e9}\u{4e2d}]{0,12}x", any::<f64>(), any::<bool>()), 1..30),
        ends in prop::sample::select(vec!["\n", "\r\n"]),
    ) {
        let entries: Vec<_> = entries.into_iter().filter(|(_, number, _)| number.is_finite()).collect();
        prop_assume!(!entries.is_empty());
        let line = |(text, number, quoted): &(String, f64, bool)| format!("{},{}{ends}", written(text, *quoted), number);
        let text = format!("text,number{ends}{}", entries.iter().map(line).collect::<String>());
        let table = Csv::new().delimiter(b',').read(text.as_bytes()).unwrap();
        prop_assert_eq!(table.rows(), entries.len());
        for (row, (text, number, _)) in entries.iter().enumerate() {
            prop_assert_eq!(table.columns()[0].get(row), Some(Entry::Text(text)));
            prop_assert_eq!(table.columns()[1].get(row).unwrap().number().unwrap().to_bits(), number.to_bits());
        }
    }

    /// No text is read as fewer rows than it has lines, whatever is in it.
    #[test]
    fn random_texts_lose_no_row(text in "[0-9a,;.\n\" -]{0,60}", header in any::<bool>()) {
        let reader = if header { Csv::new() } else { Csv::new().without_header() };
        if let Ok(table) = reader.read(text.as_bytes()) {
            let is_row = |line: &&str| !line.trim().is_empty();
            let lines = text.lines().filter(is_row).count();
            // A quotation mark can join lines.
            prop_assert!(text.contains('"') || table.rows() + usize::from(header) >= lines);
        }
    }
}
