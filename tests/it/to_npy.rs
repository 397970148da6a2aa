//! Tables become the .npy files that NumPy would write, or an error that says where.

use crate::readers::{Temporary, zipped};
use feedforward::Table;
use feedforward::data::*;
use feedforward::error::Result;
use ndarray::array;

const TEXT: &str = "name;x;y;z\nfirst;1,5;2;\nsecond;-3;1e3;7\n\nthird;0,25;4;8\n";

fn csv() -> Csv {
    Csv::new().decimal_comma()
}

fn place(name: &str) -> Temporary {
    Temporary(std::env::temp_dir().join(format!("feedforward-{}-to-{name}.npy", std::process::id())))
}

/// Nothing of the file is left, nor of what it is written to.
fn leaves_nothing(file: &Temporary) -> bool {
    let name = file.0.file_name().unwrap().to_str().unwrap();
    let entries = std::fs::read_dir(std::env::temp_dir()).unwrap().flatten();
    !entries.into_iter().any(|entry| entry.file_name().to_string_lossy().contains(name))
}

#[test]
fn columns_go_to_the_files_that_name_them() {
    let source = Temporary::new("to-npy.csv", TEXT.as_bytes());
    let (one, two) = (place("one"), place("two"));
    let rows = csv().to_npy::<f64>(&source.0, &[(&one.0, &["y", "x"]), (&two.0, &["y"])]).unwrap();
    assert_eq!(rows, 3);
    assert_eq!(read_npy::<f64>(&one.0).unwrap(), array![[2.0, 1.5], [1000.0, -3.0], [4.0, 0.25]]);
    assert_eq!(read_npy::<f64>(&two.0).unwrap(), array![[2.0], [1000.0], [4.0]]);

    // A table in memory, and a packed file, give the same bytes.
    let bytes = [&one, &two].map(|file| std::fs::read(&file.0).unwrap());
    let table = csv().read_file(&source.0).unwrap();
    table.to_npy::<f64>(&[(&one.0, &["y", "x"]), (&two.0, &["y"])]).unwrap();
    assert_eq!([&one, &two].map(|file| std::fs::read(&file.0).unwrap()), bytes);
    let packed = Temporary::new("to-npy.csv.gz", &zipped(TEXT.as_bytes()));
    if cfg!(feature = "gzip") {
        csv().to_npy::<f64>(&packed.0, &[(&one.0, &["y", "x"])]).unwrap();
        assert_eq!(std::fs::read(&one.0).unwrap(), bytes[0]);
    }
}

#[test]
fn the_bytes_are_those_of_numpy_for_any_number_of_rows() {
    for rows in [1, 9, 10, 12_345] {
        let text: String = (0..rows).map(|row| format!("{row},{}\n", row as f64 * 0.1)).collect();
        let source = Temporary::new("rows.csv", format!("a,b\n{text}").as_bytes());
        let (found, expected) = (place("found"), place("expected"));
        Csv::new().to_npy::<f32>(&source.0, &[(&found.0, &["a", "b"])]).unwrap();
        let table = Csv::new().read_file(&source.0).unwrap();
        write_npy(&expected.0, &table.to_array::<f32>().unwrap()).unwrap();
        assert!(std::fs::read(&found.0).unwrap() == std::fs::read(&expected.0).unwrap(), "{rows} rows");
    }
}

#[test]
fn options_of_the_reader_hold() {
    let source = Temporary::new("plain.csv", b"# a comment\n,1,x\n0,2,NA\n1,3,4\n");
    let file = place("options");
    let reader = Csv::new().comment(b'#').with_header();
    let error = reader.to_npy::<f64>(&source.0, &[(&file.0, &["row"])]).unwrap_err().to_string();
    assert_eq!(error, r#"Csv::to_npy: expected a column "row", found "", "1", "x""#);
    reader.clone().keep_row_numbers().to_npy::<f64>(&source.0, &[(&file.0, &["row", "1"])]).unwrap();
    assert_eq!(read_npy::<f64>(&file.0).unwrap(), array![[0.0, 2.0], [1.0, 3.0]]);
    let names = Csv::new().skip_lines(2).without_header().names(&["a", "b", "c"]);
    names.to_npy::<f64>(&source.0, &[(&file.0, &["b"])]).unwrap();
    assert_eq!(read_npy::<f64>(&file.0).unwrap(), array![[2.0], [3.0]]);
}

#[test]
fn an_entry_that_is_no_number_is_named_and_leaves_no_file() {
    let file = place("bad");
    let refuse = |text: &str, reader: &Csv| {
        let source = Temporary::new("bad.csv", text.as_bytes());
        let error = reader.to_npy::<f32>(&source.0, &[(&file.0, &["x"])]).unwrap_err().to_string();
        assert!(leaves_nothing(&file), "{text:?}");
        error.strip_prefix(&format!("{}: ", source.0.display())).map_or(error.clone(), str::to_owned)
    };
    let reader = Csv::new();
    assert_eq!(refuse("x,y\n1,2\n,3\n", &reader), "line 3, column \"x\": expected a number, found nothing");
    assert_eq!(refuse("x,y\n1,2\nNA,3\n", &reader), "line 3, column \"x\": expected a number, found \"NA\"");
    assert_eq!(refuse("x,y\n1,2\nred,3\n", &reader), "line 3, column \"x\": expected a number, found \"red\"");
    let missing = Csv::new().missing(&["-9"]);
    assert_eq!(refuse("x,y\n1,2\n-9.0,3\n", &missing), "line 3, column \"x\": expected a number, found \"-9.0\"");
    let text = "line 3, column \"x\": expected a number that is finite as f32, found \"1e39\"";
    assert_eq!(refuse("x,y\n1,2\n1e39,3\n", &reader), text);
    assert!(refuse("x,y\n1,2\ninf,3\n", &reader).starts_with("line 3, column \"x\": expected a finite number"));
    assert_eq!(refuse("x,y\n1,2\n1\n", &reader), "line 3: expected 2 columns, found 1");
    assert!(refuse("x,y\n1,2\n\"1\n", &reader).starts_with("line 3"));
    let text = "expected at least one line below the names of the columns, found none";
    assert_eq!(refuse("x,y\n", &reader), text);
    assert_eq!(refuse("a,b\n1,2\n", &reader), r#"Csv::to_npy: expected a column "x", found "a", "b""#);
    let text = r#"Csv::to_npy: expected columns of numbers, found "x", which `Csv::text` makes one of texts"#;
    assert_eq!(refuse("x,y\n1,2\n", &Csv::new().text(&["x"])), text);
    assert!(refuse("x,y\n1,2\n", &Csv::new().text(&["w"])).starts_with("expected a column \"w\" to read as texts"));
    assert!(refuse("x,y\n1,2\n", &Csv::new().delimiter(b'1')).starts_with("Csv: expected an ASCII character"));
}

#[test]
fn choices_that_cannot_be_are_refused() {
    let source = Temporary::new("choices.csv", b"x,y\n1,2\n");
    let file = place("choices");
    let table = Table::read_csv(&source.0).unwrap();
    let refuse = |files: &[(&std::path::Path, &[&str])], text: &str| {
        let check = |operation: &str, outcome: Result<()>| {
            assert_eq!(outcome.unwrap_err().to_string(), format!("{operation}: {text}"));
            assert!(leaves_nothing(&file));
        };
        check("Csv::to_npy", Csv::new().to_npy::<f64>(&source.0, files).map(drop));
        check("Table::to_npy", table.to_npy::<f64>(files));
    };
    let path = &*file.0;
    refuse(&[], "expected at least one file, found 0");
    refuse(&[(path, &[])], "expected at least one column for each file, found 0");
    refuse(&[(path, &["x", "y", "x"])], "expected different columns for a file, found \"x\" twice");
    refuse(&[(path, &["z"])], r#"expected a column "z", found "x", "y""#);
    refuse(&[(path, &["x"]), (path, &["y"])], &format!("expected files with different paths, found {path:?} twice"));
    let folder = std::env::temp_dir();
    let error = table.to_npy::<f64>(&[(&folder, &["x"])]).unwrap_err().to_string();
    assert_eq!(error, format!("{}: expected a file to write, found a folder", folder.display()));
    let nowhere = folder.join("feedforward-no-such-folder").join("x.npy");
    assert!(table.to_npy::<f64>(&[(&nowhere, &["x"])]).unwrap_err().to_string().starts_with(nowhere.to_str().unwrap()));

    let table = Table::new(vec![Column::numbers("x", vec![1.0, f64::NAN]), Column::numbers("y", vec![1e300, 1.0])]);
    let table = table.unwrap();
    let found = |column: &str| table.to_npy::<f32>(&[(path, &[column])]).unwrap_err().to_string();
    assert_eq!(found("x"), "Table::to_npy: expected a number in row 1 of the column \"x\", found none");
    assert!(found("y").starts_with("Table::to_npy: expected a number in row 0 of the column \"y\", found 1000"));
    assert!(leaves_nothing(&file));
}

#[test]
fn an_old_file_stays_until_the_new_one_is_whole() {
    let file = place("old");
    write_npy(&file.0, &array![[1.0]]).unwrap();
    let source = Temporary::new("old.csv", b"x\n1\nred\n");
    assert!(Csv::new().with_header().to_npy::<f64>(&source.0, &[(&file.0, &["x"])]).is_err());
    assert_eq!(read_npy::<f64>(&file.0).unwrap(), array![[1.0]]);
}
