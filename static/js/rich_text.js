// Puts an editor with a few buttons in the place of each textarea for rich text. What is typed goes
// back into the textarea at once, and the form sends that. Without this script, or where it fails,
// the textarea is there instead.
//
// The module of the editor is named by the textarea, and fetched only where there is one. So no
// import map is needed, which would have to stand in the page: the policy allows no script there.

const SELECTOR = "textarea[data-rich-text]";

// What each button does, and what it tells: pressed while `is` holds, and disabled unless `can` does.
const BUTTONS = [
  { name: "Bold", act: command("toggleBold"), is: ["bold"] },
  { name: "Italic", act: command("toggleItalic"), is: ["italic"] },
  { name: "Link…", act: askForLink, is: ["link"], can: mayLink, hint: "Select the words of the link first" },
  { name: "Heading", act: command("toggleHeading", { level: 2 }), is: ["heading", { level: 2 }] },
  { name: "Subheading", act: command("toggleHeading", { level: 3 }), is: ["heading", { level: 3 }] },
  { name: "Bullets", act: command("toggleBulletList"), is: ["bulletList"] },
  { name: "Numbers", act: command("toggleOrderedList"), is: ["orderedList"] },
  { name: "Undo", act: command("undo"), can: (editor) => editor.can().undo() },
  { name: "Redo", act: command("redo"), can: (editor) => editor.can().redo() },
];

let labels = 0;

function command(name, options) {
  return (editor) => editor.chain().focus()[name](options).run();
}

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// What can be written: the tags of the allow-list (publishing/rich_text.py), and no others.
function extensions(library) {
  const { Bold, BulletList, Document, HardBreak, Heading, History, Italic } = library;
  const { Link, ListItem, OrderedList, Paragraph, Text } = library;
  return [
    Document, Paragraph, Text, HardBreak, Bold, Italic, BulletList, OrderedList, History,
    Heading.configure({ levels: [2, 3] }),
    Link.extend({
      addKeyboardShortcuts() {
        return { "Mod-k": () => mayLink(this.editor) && askForLink(this.editor) };
      },
    }).configure({ autolink: false, defaultProtocol: "https", isAllowedUri: isAllowed }),
    ListItem.extend({
      // Without Tab, which would move the item inwards: it leaves the editor, from a list as well.
      addKeyboardShortcuts() {
        return { Enter: () => this.editor.commands.splitListItem(this.name) };
      },
    }),
  ];
}

function isAllowed(address) {
  return /^(https?|mailto):/i.test(address) || !/^[a-z][a-z0-9+.-]*:/i.test(address);
}

async function edit(textarea) {
  const library = await import(textarea.dataset.richText);
  const frame = element("div", { class: "rich-text" });
  textarea.before(frame);
  const editor = new library.Editor({
    element: frame,
    extensions: extensions(library),
    content: textarea.value,
    injectCSS: false, // it would be a style in the page; admin.css has it
    enableInputRules: false, // an asterisk stays an asterisk
    enablePasteRules: ["link"],
    editorProps: { attributes: described(textarea) },
    onUpdate: () => {
      textarea.value = editor.isEmpty ? "" : editor.getHTML();
      textarea.dispatchEvent(new Event("input", { bubbles: true }));
    },
  });
  frame.prepend(toolbar(editor));
  frame.append(textarea);
  textarea.hidden = true;
  for (const label of textarea.labels) {
    label.addEventListener("click", () => editor.commands.focus());
  }
  if (location.hash === `#${textarea.id}`) frame.scrollIntoView();
}

// What the textarea is called, and what is said about it, holds for the editor as well.
function described(textarea) {
  const attributes = { class: "rich-text__words", "aria-multiline": "true" };
  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (textarea.hasAttribute(name)) attributes[name] = textarea.getAttribute(name);
  }
  const [label] = textarea.labels;
  if (label.classList.contains("required")) attributes["aria-required"] = "true";
  label.id ||= `rich-text-label-${++labels}`;
  return { ...attributes, "aria-labelledby": label.id };
}

// One stop for the Tab key; the arrows go from button to button.
// https://www.w3.org/WAI/ARIA/apg/patterns/toolbar/
function toolbar(editor) {
  const buttons = BUTTONS.map((definition) => button(editor, definition));
  const bar = element(
    "div", { class: "rich-text__buttons", role: "toolbar", "aria-label": "Format" }, ...buttons,
  );
  const stopAt = (stop) => buttons.forEach((button) => { button.tabIndex = button === stop ? 0 : -1; });
  stopAt(buttons[0]);
  bar.addEventListener("focusin", (event) => stopAt(event.target));
  bar.addEventListener("keydown", (event) => {
    const here = buttons.indexOf(event.target);
    const next = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: -1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    buttons.at(next % buttons.length).focus();
  });
  return bar;
}

function button(editor, { name, act, is, can, hint }) {
  const made = element("button", { type: "button", ...(hint && { title: hint }) }, name);
  made.addEventListener("click", () => {
    if (!can || can(editor)) act(editor);
  });
  const show = () => {
    if (is) made.setAttribute("aria-pressed", editor.isActive(...is));
    if (can) made.setAttribute("aria-disabled", !can(editor));
  };
  editor.on("transaction", show);
  show();
  return made;
}

function mayLink(editor) {
  return !editor.state.selection.empty || editor.isActive("link");
}

// Opens a dialog, which stands outside the form: a form can hold no other.
function askForLink(editor) {
  const { href = "" } = editor.getAttributes("link");
  const field = element("input", { type: "text", inputmode: "url", required: "", autocomplete: "off" });
  field.value = href;
  const dialog = element(
    "dialog", { class: "rich-text__dialog", "aria-label": "Link" },
    element(
      "form", { method: "dialog" },
      element("label", {}, "Where the link leads ", field),
      element("p", { class: "help" }, "A web address, an e-mail address, or a page of this site such as /contacts/."),
      element("button", { value: "set" }, "Set link"),
      ...(href ? [element("button", { value: "remove", formnovalidate: "" }, "Remove link")] : []),
      element("button", { value: "cancel", formnovalidate: "" }, "Cancel"),
    ),
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    const words = editor.chain().focus().extendMarkRange("link");
    if (dialog.returnValue === "set") words.setLink({ href: addressOf(field.value.trim()) }).run();
    else if (dialog.returnValue === "remove") words.unsetLink().run();
    else editor.commands.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  return true;
}

// www.example.org and somebody@example.org are no addresses of a link yet.
function addressOf(typed) {
  if (/^(https?:|mailto:|[/#])/i.test(typed)) return typed;
  return typed.includes("@") ? `mailto:${typed}` : `https://${typed}`;
}

function editAll(part) {
  for (const textarea of part.querySelectorAll(SELECTOR)) {
    // Django keeps an empty part out of sight, and copies it for each that is added.
    if (!textarea.id.includes("__prefix__")) edit(textarea);
  }
}

editAll(document);
document.addEventListener("formset:added", (event) => editAll(event.target));
