import { useEffect, useRef, useState } from "react";
import css from "./mail.module.css";

interface Props {
  url: string;
  title: string;
  /** Gives a first guess of the height. */
  text: string;
}

const LINE_PX = 20;
const MOST_PX = 6000;

/** A mail's HTML: its own page under its own policy, never allowed to run scripts; as high as what it holds. */
export function MailFrame({ url, title, text }: Props) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(() => guess(text));
  const stop = useRef<() => void>(() => {});
  useEffect(() => () => stop.current(), []);
  const measure = () => {
    stop.current();
    const root = frame.current?.contentDocument?.documentElement;
    const body = frame.current?.contentDocument?.body;
    if (!root || !body) return;
    // Of the content, because a body without doctype is as high as its frame.
    const content = body.ownerDocument.createRange();
    content.selectNodeContents(body);
    const read = () => {
      const { bottom } = content.getBoundingClientRect();
      setHeight(Math.min(MOST_PX, Math.max(24, Math.ceil(bottom + root.scrollTop) + 16)));
    };
    const observer = new ResizeObserver(read);
    observer.observe(body);
    stop.current = () => observer.disconnect();
    read();
  };
  return (
    <iframe
      ref={frame}
      className={css.frame}
      src={url}
      title={title}
      sandbox="allow-same-origin allow-popups"
      referrerPolicy="no-referrer"
      height={height}
      onLoad={measure}
    />
  );
}

const guess = (text: string): number => Math.min(400, 40 + text.split("\n").length * LINE_PX);
