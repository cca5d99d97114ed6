//! `monthly_cost`: what quantities of services cost a month under some prices.

use schemas::{
    cost::{RunningCost, base_units, per_period},
    resource::tariff_plan::PlanItems,
    service::Service,
};
use std::collections::BTreeMap;
use tfplugin::{
    Context, Function, FunctionError, Number, Parameter, Signature, Type, Value, async_trait,
    value::json::to_json,
};

/// The function.
pub(crate) struct MonthlyCost;

#[async_trait]
impl Function for MonthlyCost {
    fn name(&self) -> &str {
        "monthly_cost"
    }

    fn signature(&self) -> Signature {
        Signature::new("What quantities of services cost a month", Type::Number)
            .description(
                "Computes what quantities of services cost a month in rubles: a month is 365/12 days. Each charge is \
                 rounded to 0.0000001 rubles, as it is when it is charged. A service without a price costs nothing.",
            )
            .parameter(Parameter::new(
                "services",
                Type::Dynamic,
                "Prices by id of the service, as `services` of `esu_tariff_plan`: \
                 `{ kvm_cpu = { price = 1.5, period = \"day\" } }`.",
            ))
            .parameter(Parameter::new(
                "quantities",
                Type::map(Type::Number),
                "Quantities by id of the service, in pieces or GB: `{ kvm_cpu = 4, kvm_ram = 8 }`.",
            ))
    }

    async fn call(&self, _context: &Context, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let refuse = FunctionError::argument;
        let prices = match arguments.first() {
            Some(Value::Dynamic(prices)) => prices,
            _ => return Err(refuse(0, "prices by id of the service are expected".to_owned())),
        };
        let mut json =
            to_json(&prices.value, &prices.ty).map_err(|error| refuse(0, error.message().to_owned()))?;
        without_nulls(&mut json);
        let prices: PlanItems = serde_json::from_value(json).map_err(|error| refuse(0, error.to_string()))?;
        let quantities = arguments.get(1).and_then(Value::as_map);
        let quantities: BTreeMap<&str, String> = quantities
            .into_iter()
            .flatten()
            .filter_map(|(id, quantity)| Some((id.as_str(), quantity.as_number()?.to_string())))
            .collect();
        let cost = cost(&prices, &quantities).map_err(|message| refuse(1, message))?;
        let number: Result<Number, _> = cost.parse();
        number.map(Value::Number).map_err(|_| FunctionError::new("the cost is no number"))
    }
}

/// What is null is as good as not said.
fn without_nulls(json: &mut serde_json::Value) {
    if let Some(fields) = json.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
        fields.values_mut().for_each(without_nulls);
    }
}

/// The cost of a month as a decimal.
fn cost(prices: &PlanItems, quantities: &BTreeMap<&str, String>) -> Result<String, String> {
    let too_much = |id: &str| format!("so much {id} costs more than 922 billion rubles");
    let mut sum = RunningCost::default();
    let mut last = "";
    for (id, quantity) in quantities {
        last = id;
        let service: Service =
            id.parse().map_err(|error: schemas::service::ServiceError| error.to_string())?;
        let units = base_units(service, quantity).ok_or_else(|| {
            format!(
                "{quantity} is no quantity of {id}; it is counted in {}, from 0",
                service.info().measure.text()
            )
        })?;
        let Some(item) = prices.get(&service) else { continue };
        let amount = per_period(service, item, units).ok_or_else(|| too_much(id))?;
        sum = sum.plus(amount, item.period).ok_or_else(|| too_much(id))?;
    }
    Ok(sum.month().ok_or_else(|| too_much(last))?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(prices: serde_json::Value, quantities: &[(&'static str, &str)]) -> Result<String, String> {
        let quantities = quantities.iter().map(|(id, quantity)| (*id, (*quantity).to_owned())).collect();
        cost(&serde_json::from_value(prices).unwrap(), &quantities)
    }

    #[test]
    fn a_month_is_a_twelfth_of_365_days() {
        let prices = serde_json::json!({
            "kvm_cpu": { "price": "6", "period": "day" },
            "kvm_ram": { "price": "0.5", "period": "hour" },
            "kvm_hdd_ultrafast": { "price": "3", "period": "month" },
        });
        let machine = [("kvm_cpu", "2"), ("kvm_hdd_ultrafast", "10"), ("kvm_ram", "4"), ("vdc", "1")];
        assert_eq!(month(prices.clone(), &machine), Ok("1855".to_owned()));
        assert_eq!(month(prices.clone(), &[]), Ok("0".to_owned()));
        assert!(month(prices.clone(), &[("kvm_cpu", "0.5")]).unwrap_err().contains("counted in pc"));
        assert!(month(prices, &[("cheese", "1")]).unwrap_err().contains("is not a service"));
    }
}
