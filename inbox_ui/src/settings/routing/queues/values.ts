import type { UseFormReturnType } from "@mantine/form";
import { api, need } from "@/api/client";
import type { Queue, QueueBody, QueueSettings } from "@/api/types";

export type QueueForm = UseFormReturnType<QueueSettings>;

/** What a new queue begins with: good for a small team that answers chats. */
export const newQueue = (name: string, position: number): QueueSettings => ({
  name,
  position,
  is_paused: false,
  strategy: "longest_idle",
  members: [],
  team_ids: [],
  needs: [],
  match_language: false,
  language_relax_s: 60,
  accept: "ask",
  offer_s: 30,
  missed_limit: 2,
  ring_step_s: 10,
  preferred_wait_s: 20,
  priority_step_s: 300,
  vip_boost_s: 1800,
  weight_s: 0,
  wrap_up_s: 0,
  dispositions: [],
  is_disposition_required: false,
  schedule_id: "",
  outside: { action: "wait", queue_id: "", text: "" },
  overflow: [],
  sla: {
    first_answer_s: 0,
    next_answer_s: 0,
    resolve_s: 0,
    warn_percent: 80,
    raise_priority: 0,
    move_to_queue_id: "",
  },
  service_level_s: 20,
  waiting_text: "",
  script: "",
  form: [],
  alert_length: 0,
  alert_wait_s: 0,
});

/** A queue as it is written back: without what the hub adds. */
export function settingsOf(queue: Queue): QueueSettings {
  const { id: _, is_mine: _m, is_open: _o, ...known } = queue;
  const { waiting: _w, agents_available: _a, agents_free: _f, ...settings } = known;
  return settings;
}

export const createQueue = (settings: QueueSettings): Promise<Queue> =>
  need(api.POST("/api/v1/queues", { body: settings as QueueBody }));

export const saveQueue = (id: string, settings: QueueSettings): Promise<Queue> =>
  need(
    api.PUT("/api/v1/queues/{queue_id}", {
      params: { path: { queue_id: id } },
      body: settings as QueueBody,
    }),
  );

/** What was deleted, under its id: links, members and reports know it again. */
export const restoreQueue = (id: string): Promise<Queue> =>
  need(api.POST("/api/v1/queues/{queue_id}/restore", { params: { path: { queue_id: id } } }));

export const deleteQueue = (id: string): Promise<unknown> =>
  need(api.DELETE("/api/v1/queues/{queue_id}", { params: { path: { queue_id: id } } }));
