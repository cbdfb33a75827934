import type { components } from "./schema.gen";

/** Short names for the shapes of the API. Nothing here is written by hand: `npm run types` makes the source. */
type Schemas = components["schemas"];

export type Me = Schemas["Me"];
export type Workspace = Schemas["WorkspaceView"];
export type Agent = Schemas["AgentView"];
export type Invite = Schemas["InviteView"];
export type TokenInfo = Schemas["TokenInfo"];
export type Session = Schemas["SessionView"];
export type Conversation = Schemas["ConversationView"];
export type ConversationPage = Schemas["ConversationPage"];
export type ConversationDetail = Schemas["ConversationDetail"];
export type ConversationChange = Omit<Schemas["ChangeConversation"], "client_id">;
export type ViewCounts = Schemas["ViewCounts"];
export type ReplyTarget = Schemas["ReplyTarget"];
export type Capabilities = Schemas["Capabilities"];
export type Way = Schemas["WayView"];
export type Draft = Schemas["DraftView"];
/** Free-form objects come out of the generator as empty ones. */
export type Message = Omit<Schemas["MessageView"], "details" | "mail"> & {
  details: Record<string, unknown>;
  mail: Mail | null;
};
export type Attachment = Schemas["AttachmentView"];
export type Location = Schemas["Location"];
export type SharedContact = Schemas["SharedContact"];
export type Reaction = Schemas["Reaction"];
export type Quoted = Schemas["Quoted"];
export type Mail = Omit<Schemas["MailView"], "calendar"> & {
  calendar: Record<string, unknown> | null;
};
export type SendMessage = Schemas["SendMessage"];
export type Template = Schemas["TemplateView"];
export type TemplateUse = Schemas["UseTemplate"];
export type TemplateSlot = Schemas["TemplateSlot"];
export type Contact = Schemas["ContactView"];
export type ContactChange = Schemas["ChangeContact"];
export type ContactPage = Schemas["ContactPage"];
export type Merge = Schemas["MergeView"];
export type Suggestion = Schemas["SuggestionView"];
export type Identity = Schemas["IdentityView"];
export type SearchHit = Omit<Schemas["SearchHit"], "marks" | "message"> & {
  message: Message;
  marks: number[][];
};
export type StoredFile = Schemas["FileView"];
export type Label = Schemas["LabelView"];
export type Canned = Schemas["CannedView"];
export type Inbox = Schemas["InboxView"];
export type InboxSettings = Schemas["InboxSettings"];
export type Health = Schemas["HealthView"];
export type ConfigField = Omit<Schemas["ConfigFieldView"], "choices"> & { choices: string[][] };
export type Channel = Omit<Schemas["ChannelView"], "fields"> & { fields: ConfigField[] };
export type ProbeResult = Schemas["ProbeResult"];
export type Suppression = Schemas["SuppressionView"];
export type ApiKey = Schemas["ApiKeyView"];
export type AuditEntry = Omit<Schemas["AuditEntry"], "details"> & {
  details: Record<string, unknown>;
};
export type AuditPage = Schemas["AuditPage"];
/** Pairs come through the client as arrays of any length. */
export type Need = Omit<Schemas["Need"], "steps"> & { steps: number[][] };
export type Queue = Omit<Schemas["QueueView"], "needs"> & { needs: Need[] };
export type QueueBody = Schemas["SaveQueue"];
export type QueueSettings = Omit<Schemas["SaveQueue"], "needs"> & { needs: Need[] };
export type Overflow = Schemas["Overflow"];
export type FormField = Schemas["FormField"];
export type Team = Schemas["TeamView"];
export type Skill = Schemas["SkillView"];
export type AgentSkills = Schemas["AgentSkillsView"];
export type Schedule = Schemas["ScheduleView"];
export type ScheduleSettings = Schemas["SaveSchedule"];
export type Span = Schemas["Span"];
export type DateRule = Schemas["DateRule"];
export type PresenceReason = Schemas["PresenceReasonView"];
export type Desk = Schemas["DeskView"];
export type QueueNow = Schemas["QueueNow"];
export type QueueLine = Schemas["QueueLine"];
export type MyQueues = Schemas["MyQueuesView"];
export type Wallboard = Schemas["WallboardView"];
export type Task = Schemas["TaskView"];
export type TaskChange = Schemas["ChangeTask"];
export type TaskPage = Schemas["TaskPage"];
export type Macro = Schemas["MacroView"];
export type MacroStep = Schemas["Step"];
export type SavedView = Schemas["SavedViewView"];
export type Away = Schemas["AwayView"];
export type Problem = Schemas["Problem"];
export type LiveFrame = Schemas["LiveFrame"];
export type LiveEvent = Schemas["Events"]["events"][number];
export type Delivery = Message["delivery"];
export type Role = Me["role"];
export type Theme = Me["theme"];

export const VIEWS = [
  "mine",
  "unassigned",
  "all",
  "mentions",
  "snoozed",
  "closed",
  "spam",
] as const;
export type View = (typeof VIEWS)[number];
