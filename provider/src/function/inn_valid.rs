//! `inn_valid`: whether a text is a Russian taxpayer number.

use tfplugin::{Context, Function, FunctionError, Parameter, Signature, Type, Value, async_trait};

/// The function.
pub(crate) struct InnValid;

/// The weights of the digits before each check digit.
const OF_10: [u32; 9] = [2, 4, 10, 3, 5, 9, 4, 6, 8];
const OF_11: [u32; 10] = [7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
const OF_12: [u32; 11] = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];

#[async_trait]
impl Function for InnValid {
    fn name(&self) -> &str {
        "inn_valid"
    }

    fn signature(&self) -> Signature {
        Signature::new("Whether a text is a Russian taxpayer number (INN)", Type::Bool)
            .description(
                "Tells whether a text is a taxpayer number: 10 digits of an organisation or 12 of a person, with the \
                 right check digits. Whether the number was ever given out, no computation can tell.",
            )
            .parameter(Parameter::new("text", Type::String, "The number. Spaces are no part of one."))
    }

    async fn call(&self, _context: &Context, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        Ok(is_valid(arguments.first().and_then(Value::as_str).unwrap_or_default()).into())
    }
}

fn is_valid(text: &str) -> bool {
    let Some(digits) = text.chars().map(|char| char.to_digit(10)).collect::<Option<Vec<u32>>>() else {
        return false;
    };
    // The number begins with the code of a region, and there is no region 00.
    if text.starts_with("00") {
        return false;
    }
    match digits.len() {
        10 => checks(&digits, &OF_10),
        12 => checks(&digits, &OF_11) && checks(&digits, &OF_12),
        _ => false,
    }
}

/// Whether the digit after the weighed ones is the one that they give.
fn checks(digits: &[u32], weights: &[u32]) -> bool {
    let sum: u32 = digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum();
    digits.get(weights.len()) == Some(&(sum % 11 % 10))
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    #[test]
    fn check_digits_are_checked() {
        for valid in ["7707083893", "7830002293", "500100732259"] {
            assert!(is_valid(valid), "{valid}");
        }
        for wrong in [
            "",
            "7707083894",
            "770708389",
            "77070838930",
            "500100732258",
            "500100732269",
            "7707083893 ",
            "770708389x",
            "0000000000",
            "000000000000",
            "７７０７０８３８９３",
        ] {
            assert!(!is_valid(wrong), "{wrong}");
        }
    }

    /// Every single wrong digit of an organisation's number is found, but for the pairs that no remainder by 11 and 10
    /// tells apart.
    #[test]
    fn one_wrong_check_digit_is_always_found() {
        for last in ('0'..='9').filter(|last| *last != '3') {
            assert!(!is_valid(&format!("770708389{last}")));
        }
    }
}
