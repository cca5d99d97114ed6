use super::*;
use tfplugin::{Attribute, Nesting, Number, Parameter, Signature, Type, validator};

/// A thing with an attribute of every sort.
fn schema() -> Schema {
    let size = Attribute::number()
        .default(Number::from(5))
        .validate(validator::max_decimal_places(0))
        .validate(validator::range(Number::from(1)..=Number::from(9)))
        .description("How large it is.");
    let part = Attribute::nested(
        Nesting::List,
        [("label", Attribute::string().required().description("What is on it.")), ("size", size)],
    );
    Schema::new("A thing.\n\nIt has parts.")
        .attribute("code", Attribute::string().required().force_new().description("Code of the thing."))
        .attribute("owner", Attribute::string().immutable().description("Whose it is."))
        .attribute("secret", Attribute::string().write_only().sensitive().description("What opens it."))
        .attribute("colour", Attribute::string().deprecated("Use `paint`.").description("Its colour."))
        .attribute(
            "kind",
            Attribute::string().validate(validator::one_of(["round", "flat"])).description("Its shape."),
        )
        .attribute(
            "told",
            Attribute::string().validate(validator::one_of(["a", "b"])).description("It is `a` or `b`."),
        )
        .attribute("id", Attribute::string().computed().description("Id of the thing."))
        .attribute("boxes", Attribute::nested(Nesting::Map, [("parts", part)]).description("Its boxes."))
        .attribute("words", Attribute::set(Type::String).description("Words on it."))
}

#[test]
fn a_schema_tells_who_sets_what_and_what_a_change_means() {
    let text = attributes::section(&schema(), None);
    let order = ["### Required", "### Optional", "### Read-Only", "`boxes`\n", "`boxes.parts`\n"];
    let places: Vec<usize> = order.iter().map(|part| text.find(part).expect(part)).collect();
    assert!(places.is_sorted(), "{text}");
    for line in [
        "- `code` (String) Code of the thing. A change forces replacement.\n",
        "- `owner` (String) Whose it is. A change is refused at plan.\n",
        "- `colour` (String, Deprecated) **Deprecated:** Use `paint`. Its colour.\n",
        "- `kind` (String) Its shape. Must be one of `round`, `flat`.\n",
        "- `told` (String) It is `a` or `b`.\n",
        "- `id` (String) Id of the thing.\n",
        "- `words` (Set of String) Words on it.\n",
        "- `boxes` (Attributes Map) Its boxes. (see [below for nested schema](#nestedatt--boxes))\n",
        "<a id=\"nestedatt--boxes--parts\"></a>\n### Nested Schema for `boxes.parts`\n\nRequired:\n\n- `label`",
        "- `size` (Number) How large it is. Must be an integer between 1 and 9. Default: `5`.\n",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    let secret = text.lines().find(|line| line.starts_with("- `secret`")).unwrap();
    assert!(secret.starts_with("- `secret` (String, Sensitive, [Write-only](https://"), "{secret}");
    assert!(secret.ends_with("What opens it."), "{secret}");
}

#[test]
fn a_page_has_the_head_that_the_registry_reads() {
    let examples = Examples::under(Path::new("there-are-none"));
    let page = typed(Kind::ListResource, "esu_client", &schema(), &examples).unwrap().text();
    let head = "---\npage_title: \"esu_client List Resource - esu\"\nsubcategory: \"Clients\"\ndescription: |-\n  A thing.\n---\n\n# esu_client (List Resource)\n\nA thing.\n\nIt has parts.\n\n## Schema\n";
    assert!(page.starts_with(head), "{page}");
    assert_eq!(page::front_matter(&page, "description").as_deref(), Some("A thing."));
    assert_eq!(page::front_matter(&page, "subcategory").as_deref(), Some("Clients"));
    assert_eq!(Kind::ListResource.file("esu_client"), "list-resources/client.md");
}

#[test]
fn a_function_tells_its_arguments_and_its_result() {
    let signature = Signature::new("Joins words", Type::object([("text", Type::String)]))
        .parameter(Parameter::new("between", Type::String, "What is put between them."))
        .variadic(Parameter::new("words", Type::String, "The words.").allow_null());
    let page =
        function::page("join", &signature, &Examples::under(Path::new("there-are-none"))).unwrap().text();
    for part in [
        "# function: join\n\nJoins words.\n",
        "```text\njoin(between string, words string...) object\n```",
        "1. `between` (String) What is put between them.\n2. `words` (String, Nullable, Variadic) The words.\n",
        "## Return Type\n\n`object({ text = string })`\n",
    ] {
        assert!(page.contains(part), "{part} is not in\n{page}");
    }
}

#[test]
fn every_type_has_a_matter_to_be_listed_under() {
    let provider = provider::Esu;
    let mut names: Vec<String> = provider.resources().iter().map(|one| one.type_name().to_owned()).collect();
    names.extend(provider.data_sources().iter().map(|one| one.type_name().to_owned()));
    names.extend(provider.ephemeral_resources().iter().map(|one| one.type_name().to_owned()));
    names.extend(provider.list_resources().iter().map(|one| one.type_name().to_owned()));
    names.extend(provider.actions().iter().map(|one| one.type_name().to_owned()));
    names.retain(|name| subcategory::of(name).is_empty());
    assert!(names.is_empty(), "say in subcategory.rs where the registry lists {names:?}");
}
