//! Results as JUnit XML, which CI services read.
//!
//! The elements and attributes are those of
//! [Jenkins' schema](https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd).

use std::fmt::Write as _;
use std::time::Duration;

/// The results of cases, file by file.
#[derive(Clone, Debug, Default)]
pub struct Junit {
    files: Vec<(String, Vec<Tried>)>,
}

/// A case that was tried.
#[derive(Clone, Debug)]
pub struct Tried {
    /// Its name.
    pub name: String,
    /// How long it took.
    pub took: Duration,
    /// A headline and all that is to be said, if it failed.
    pub failure: Option<(String, String)>,
}

impl Junit {
    /// Adds a case of a file.
    pub fn add(&mut self, file: &str, tried: Tried) {
        match self.files.last_mut() {
            Some((last, cases)) if last == file => cases.push(tried),
            _ => self.files.push((file.to_owned(), vec![tried])),
        }
    }

    /// Writes the document.
    pub fn write(&self) -> String {
        let all: Vec<&Tried> = self.files.iter().flat_map(|(_, cases)| cases).collect();
        let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
        let _ = writeln!(xml, "<testsuites name=\"codegen test\" {}>", counts(&all));
        for (file, cases) in &self.files {
            let name = escaped(file);
            let refs: Vec<&Tried> = cases.iter().collect();
            let _ = writeln!(
                xml,
                "  <testsuite name=\"{name}\" {} skipped=\"0\">",
                counts(&refs)
            );
            for case in cases {
                write_case(&mut xml, &name, case);
            }
            xml.push_str("  </testsuite>\n");
        }
        xml.push_str("</testsuites>\n");
        xml
    }
}

fn write_case(xml: &mut String, file: &str, case: &Tried) {
    let (name, time) = (escaped(&case.name), seconds(case.took));
    let _ = write!(
        xml,
        "    <testcase name=\"{name}\" classname=\"{file}\" time=\"{time}\""
    );
    match &case.failure {
        None => xml.push_str("/>\n"),
        Some((headline, text)) => {
            let (headline, text) = (escaped(headline), escaped(text));
            let _ = writeln!(
                xml,
                ">\n      <failure message=\"{headline}\" type=\"failed-case\">{text}</failure>\n    </testcase>"
            );
        }
    }
}

fn counts(cases: &[&Tried]) -> String {
    let failures = cases.iter().filter(|case| case.failure.is_some()).count();
    let took = cases.iter().map(|case| case.took).sum();
    format!(
        "tests=\"{}\" failures=\"{failures}\" errors=\"0\" time=\"{}\"",
        cases.len(),
        seconds(took)
    )
}

fn seconds(took: Duration) -> String {
    format!("{:.6}", took.as_secs_f64())
}

/// Writes a text so that it can stand in an element and in an attribute. Characters that
/// [XML 1.0](https://www.w3.org/TR/xml/#charsets) cannot have are replaced.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // In an attribute a line end would be read as a space.
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push('\t'),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                escaped.push(char::REPLACEMENT_CHARACTER);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_counts_and_escapes() {
        let mut junit = Junit::default();
        let tried = |name: &str, failure: Option<(&str, &str)>| Tried {
            name: name.to_owned(),
            took: Duration::from_millis(1500),
            failure: failure.map(|(headline, text)| (headline.to_owned(), text.to_owned())),
        };
        junit.add("a.yaml", tried("one", None));
        junit.add(
            "a.yaml",
            tried("<two> & \"b\"", Some(("x < y", "1\n\u{1b}[31m2"))),
        );
        junit.add("b.yaml", tried("three", None));
        let expected = "\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<testsuites name=\"codegen test\" tests=\"3\" failures=\"1\" errors=\"0\" time=\"4.500000\">
  <testsuite name=\"a.yaml\" tests=\"2\" failures=\"1\" errors=\"0\" time=\"3.000000\" skipped=\"0\">
    <testcase name=\"one\" classname=\"a.yaml\" time=\"1.500000\"/>
    <testcase name=\"&lt;two&gt; &amp; &quot;b&quot;\" classname=\"a.yaml\" time=\"1.500000\">
      <failure message=\"x &lt; y\" type=\"failed-case\">1&#10;\u{fffd}[31m2</failure>
    </testcase>
  </testsuite>
  <testsuite name=\"b.yaml\" tests=\"1\" failures=\"0\" errors=\"0\" time=\"1.500000\" skipped=\"0\">
    <testcase name=\"three\" classname=\"b.yaml\" time=\"1.500000\"/>
  </testsuite>
</testsuites>
";
        assert_eq!(junit.write(), expected);
    }
}
