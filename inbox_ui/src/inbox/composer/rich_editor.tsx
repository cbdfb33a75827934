import { ActionIcon } from "@mantine/core";
import Image from "@tiptap/extension-image";
import { type Editor, EditorContent, useEditor, useEditorState } from "@tiptap/react";
import StarterKit from "@tiptap/starter-kit";
import {
  Bold,
  Italic,
  Link as LinkIcon,
  List,
  ListOrdered,
  type LucideIcon,
  Quote,
  Strikethrough,
  Underline,
} from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { uploadFile } from "@/api/upload";
import { toastProblem } from "@/ui/toast";
import css from "./composer.module.css";
import { type EditorProps, sendKey } from "./editor";
import { type Trigger, triggerAt } from "./rules";
import { Suggestions } from "./suggestions";
import { useSuggestions } from "./use_suggestions";

/** Formatted text for channels that carry it: bold, lists, links, quotes, pictures in the text. */
export default function RichEditor(props: EditorProps) {
  const { t } = useTranslation();
  const latest = useRef(props);
  latest.current = props;
  const [trigger, setTrigger] = useState<Trigger>();
  const suggestions = useSuggestions(trigger, props.conversation);
  const keys = useRef<(event: KeyboardEvent) => boolean>(() => false);
  const editor = useEditor({
    extensions: [
      StarterKit.configure({ heading: false, link: { openOnClick: false } }),
      Image.configure({ inline: true }),
    ],
    content: props.draft.html || asHtml(props.draft.text),
    editorProps: {
      attributes: {
        class: css.prose ?? "",
        role: "textbox",
        "aria-multiline": "true",
        "aria-label": t("composer.reply_text"),
      },
      handleKeyDown: (_, event) => keys.current(event),
      handlePaste: (_, event) => takeFiles(event.clipboardData?.files),
    },
    onUpdate: ({ editor: now }) => {
      latest.current.onChange({ text: now.getText({ blockSeparator: "\n" }), html: now.getHTML() });
      setTrigger(triggerOf(now));
    },
  });
  const isEmpty = useEditorState({ editor, selector: ({ editor: now }) => now.isEmpty });
  const takeFiles = (files: FileList | undefined): boolean => {
    if (!files?.length) return false;
    const pictures = [...files].filter(({ type }) => type.startsWith("image/"));
    for (const file of pictures) void insertPicture(editor, file);
    const others = [...files].filter((file) => !pictures.includes(file));
    if (others.length) latest.current.onFiles?.(others);
    return true;
  };
  const insert = (text: string) => {
    if (!trigger) return;
    const { from } = editor.state.selection;
    const range = { from: from - trigger.query.length - 1, to: from };
    editor.chain().focus().deleteRange(range).insertContent(inline(text)).run();
    setTrigger(undefined);
  };
  keys.current = (event) => {
    const asReact = event as unknown as React.KeyboardEvent;
    if (trigger && suggestions.onKey(asReact, insert, () => setTrigger(undefined))) return true;
    const what = sendKey(event, latest.current.sendsOnEnter);
    if (what) latest.current.onSend(what === "send_close");
    return what !== undefined;
  };
  useEffect(() => {
    if (props.focusTick > 0) editor.commands.focus("end");
  }, [editor, props.focusTick]);
  return (
    <div className={css.editor}>
      {trigger && <Suggestions {...suggestions} onPick={insert} />}
      <Toolbar editor={editor} />
      <EditorContent
        editor={editor}
        className={css.rich ?? ""}
        data-placeholder={isEmpty ? t("composer.reply_hint") : undefined}
      />
    </div>
  );
}

async function insertPicture(editor: Editor, file: File): Promise<void> {
  try {
    const stored = await uploadFile(file, () => {}, new AbortController().signal);
    editor.chain().focus().setImage({ src: stored.url, alt: stored.name }).run();
  } catch (error) {
    toastProblem(error);
  }
}

function triggerOf(editor: Editor): Trigger | undefined {
  const { $from, empty } = editor.state.selection;
  if (!empty) return undefined;
  const before = $from.parent.textBetween(0, $from.parentOffset, "\n", " ");
  return triggerAt(before, before.length, "message");
}

/** Plain text as the editor's document. */
function asHtml(text: string): string {
  const escaped = (line: string) =>
    line.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return text
    .split(/\n/)
    .map((line) => `<p>${escaped(line)}</p>`)
    .join("");
}

/** The same within a paragraph: lines become line breaks. */
function inline(text: string): object[] {
  return text
    .split("\n")
    .flatMap((line, index) => [
      ...(index > 0 ? [{ type: "hardBreak" }] : []),
      ...(line ? [{ type: "text", text: line }] : []),
    ]);
}

type Command = [name: string, icon: LucideIcon, run: (editor: Editor) => void];

const COMMANDS: Command[] = [
  ["bold", Bold, (editor) => editor.chain().focus().toggleBold().run()],
  ["italic", Italic, (editor) => editor.chain().focus().toggleItalic().run()],
  ["underline", Underline, (editor) => editor.chain().focus().toggleUnderline().run()],
  ["strike", Strikethrough, (editor) => editor.chain().focus().toggleStrike().run()],
  ["bulletList", List, (editor) => editor.chain().focus().toggleBulletList().run()],
  ["orderedList", ListOrdered, (editor) => editor.chain().focus().toggleOrderedList().run()],
  ["blockquote", Quote, (editor) => editor.chain().focus().toggleBlockquote().run()],
];

function Toolbar({ editor }: { editor: Editor }) {
  const { t } = useTranslation();
  const active = useEditorState({
    editor,
    selector: ({ editor: now }) => COMMANDS.map(([name]) => now.isActive(name)),
  });
  const [isLinking, setLinking] = useState(false);
  return (
    <div className={css.toolbar} role="toolbar" aria-label={t("format.title")}>
      {COMMANDS.map(([name, Icon, run], index) => (
        <ActionIcon
          key={name}
          size="md"
          variant={active[index] ? "light" : "subtle"}
          color={active[index] ? "indigo" : "gray"}
          aria-label={t(`format.${name}`)}
          aria-pressed={active[index] ?? false}
          onClick={() => run(editor)}
        >
          <Icon size={15} />
        </ActionIcon>
      ))}
      <ActionIcon
        size="md"
        variant="subtle"
        color="gray"
        aria-label={t("format.link")}
        onClick={() => setLinking(!isLinking)}
      >
        <LinkIcon size={15} />
      </ActionIcon>
      {isLinking && <LinkField editor={editor} onDone={() => setLinking(false)} />}
    </div>
  );
}

function LinkField({ editor, onDone }: { editor: Editor; onDone: () => void }) {
  const { t } = useTranslation();
  const [href, setHref] = useState(() => String(editor.getAttributes("link").href ?? "https://"));
  const set = () => {
    const chain = editor.chain().focus().extendMarkRange("link");
    if (/^(https?:\/\/|mailto:|tel:)./.test(href)) chain.setLink({ href }).run();
    else chain.unsetLink().run();
    onDone();
  };
  return (
    <input
      className={css.link}
      aria-label={t("format.link_address")}
      value={href}
      ref={(field) => field?.focus()}
      onChange={(event) => setHref(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter") {
          event.preventDefault();
          set();
        }
        if (event.key === "Escape") onDone();
      }}
    />
  );
}
