//! A consumption report as a table, in the form of the guide's figure 75.

use schemas::{money::Money, resource::report::ReportView};
use std::fmt::Write;

const HEADINGS: [&str; 5] = ["Date", "Object", "Service", "Consumption", "Amount, RUB"];

/// The report as text: a row for each service of each object, a total for each day. Where amounts with 2 places do not
/// make up their total, a row says by how much.
pub(super) fn text(report: &ReportView) -> String {
    let mut rows: Vec<[String; 5]> = Vec::new();
    for day in &report.days {
        for row in &day.rows {
            rows.push([
                row.date.clone(),
                format!("{} ({})", row.object_name, row.object),
                row.service_name.clone(),
                row.consumption.clone(),
                row.amount.to_rubles_text(),
            ]);
        }
        let date = day.date.as_deref().unwrap_or_default();
        rows.extend(total(format!("Total for {date}"), day.total, day.residual));
    }
    rows.extend(total("Total".to_owned(), report.total, report.residual));
    let widths: Vec<usize> = (0..HEADINGS.len()).map(|column| width(&rows, column)).collect();
    let mut out = String::new();
    line(&mut out, &HEADINGS.map(str::to_owned), &widths);
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let _ = writeln!(out, "{}", rule.join("  "));
    for row in &rows {
        line(&mut out, row, &widths);
    }
    out
}

/// The row of a total, below the one of its residual if it has any.
fn total(text: String, total: Money, residual: Money) -> impl Iterator<Item = [String; 5]> {
    let row =
        |text, amount: Money| [String::new(), String::new(), String::new(), text, amount.to_rubles_text()];
    let rounding = (residual != Money::ZERO).then(|| row("Rounding".to_owned(), residual));
    rounding.into_iter().chain([row(text, total)])
}

fn width(rows: &[[String; 5]], column: usize) -> usize {
    let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
    cells.chain(HEADINGS.get(column).map(|heading| heading.len())).max().unwrap_or(0)
}

/// One line; the amount stands at the right.
fn line(out: &mut String, row: &[String; 5], widths: &[usize]) {
    let mut cells: Vec<String> = Vec::with_capacity(row.len());
    for (index, (cell, width)) in row.iter().zip(widths).enumerate() {
        cells.push(if index == row.len() - 1 {
            format!("{cell:>width$}")
        } else {
            format!("{cell:<width$}")
        });
    }
    let _ = writeln!(out, "{}", cells.join("  ").trim_end());
}
