//! `clients_from_csv`: a table of clients, as spreadsheets save it.

use crate::{
    adapter::schema,
    table::{columns, read},
};
use tfplugin::{Context, Function, FunctionError, Parameter, Signature, Type, Value, async_trait};

/// The function.
pub(crate) struct ClientsFromCsv;

#[async_trait]
impl Function for ClientsFromCsv {
    fn name(&self) -> &str {
        "clients_from_csv"
    }

    fn signature(&self) -> Signature {
        let columns = columns();
        let element = Type::object(columns.iter().map(|column| (&column.name, schema::plain(&column.field))));
        let listed = columns.iter().map(|column| format!("\n- `{}`: {}", column.name, column.description));
        let description = format!(
            "Reads a table of clients and gives a map by code, as `esu_clients` takes it and as `for_each` of \
             `esu_client` does. The first line names the columns: `code` and `name`, and any of the others below, in \
             any order. Columns are separated by commas or semicolons, texts may be quoted, several values of one \
             cell are separated by `|`; a byte order mark, Windows line ends, spaces around values, decimal commas \
             and empty lines do no harm. An empty cell is no value. If lines are wrong, all of them are named.\n\n\
             - `code`: Code of the client; upper case is made lower.{}",
            listed.collect::<String>()
        );
        Signature::new("Clients from a table in CSV", Type::map(element)).description(description).parameter(
            Parameter::new(
                "text",
                Type::String,
                "The table, such as `file(\"clients.csv\")`; up to 32 MiB and 100000 lines, in UTF-8.",
            ),
        )
    }

    async fn call(&self, _context: &Context, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let text = arguments.first().and_then(Value::as_str).unwrap_or_default();
        read(text, &columns())
            .map(Value::Map)
            .map_err(|faults| FunctionError::argument(0, faults.to_string()))
    }
}
