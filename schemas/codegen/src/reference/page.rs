//! A page: its head for the registry, and sections.

/// A page of the reference.
pub(super) struct Page {
    title: String,
    subcategory: &'static str,
    description: String,
    heading: String,
    sections: Vec<String>,
}

impl Page {
    /// A page of this title; the first paragraph of the description goes into its head.
    pub(super) fn new(title: &str, description: &str) -> Self {
        Self {
            title: title.to_owned(),
            subcategory: "",
            description: description.split("\n\n").next().unwrap_or_default().trim().to_owned(),
            heading: title.to_owned(),
            sections: Vec::new(),
        }
    }

    /// This page among others of the same matter.
    pub(super) fn subcategory(self, subcategory: &'static str) -> Self {
        Self { subcategory, ..self }
    }

    /// This page under another heading.
    pub(super) fn heading(self, heading: &str) -> Self {
        Self { heading: heading.to_owned(), ..self }
    }

    /// This page with one section more; an empty one is left out.
    pub(super) fn section(mut self, text: String) -> Self {
        if !text.is_empty() {
            self.sections.push(text);
        }
        self
    }

    /// The page as it is committed.
    pub(super) fn text(&self) -> String {
        let description: Vec<String> = self.description.lines().map(|line| format!("  {line}")).collect();
        let head = format!(
            "---\npage_title: \"{}\"\nsubcategory: \"{}\"\ndescription: |-\n{}\n---\n\n# {}\n",
            self.title,
            self.subcategory,
            description.join("\n"),
            self.heading
        );
        self.sections.iter().fold(head, |page, section| format!("{page}\n{}\n", section.trim_end()))
    }
}

/// A value of a page's head: the text after its name, or the lines below it.
pub(super) fn front_matter(text: &str, name: &str) -> Option<String> {
    let head = text.strip_prefix("---\n")?.split("\n---\n").next()?;
    let mut lines = head.lines().skip_while(|line| !line.starts_with(&format!("{name}:")));
    let value = lines.next()?.split_once(':')?.1.trim();
    if value != "|-" {
        return Some(value.trim_matches('"').to_owned());
    }
    let below = lines.take_while(|line| line.starts_with(' ')).map(str::trim);
    Some(below.collect::<Vec<_>>().join(" "))
}
