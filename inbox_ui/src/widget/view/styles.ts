/**
 * The window's looks. A page's `*{…!important}` reaches into a shadow root by inheritance and beats a plain `:host`
 * rule, so `:host` resets everything with `!important` and all stands inside `.r`, which resets once more.
 */
export const CSS = `
:host{all:initial!important;display:block!important}
.r{all:initial;display:block;font:15px/1.45 system-ui,sans-serif;
color:var(--ink);--bg:#fff;--soft:#f2f4f7;--line:#d9dee6;--ink:#18202c;--dim:#56606f;--bad:#b42318;
--shade:0 12px 40px rgb(16 24 40/.22);color-scheme:light}
.r[data-theme=dark]{--bg:#171b22;--soft:#252b36;--line:#38414f;--ink:#eef1f5;--dim:#a9b3c1;--bad:#ff9c92;
--shade:0 12px 40px rgb(0 0 0/.6);color-scheme:dark}
*,*::before,*::after{box-sizing:border-box}
button,input,textarea{font:inherit;color:inherit;margin:0}
button{cursor:pointer;border:0;background:none;padding:0}
button:disabled{cursor:default;opacity:.45}
:focus-visible{outline:3px solid var(--ring);outline-offset:2px}
svg{width:22px;height:22px;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round;
display:block}
[hidden]{display:none!important}
.hide{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.launch,.panel{position:fixed;z-index:2147483000}
.launch{bottom:20px;width:56px;height:56px;border-radius:50%;background:var(--accent);color:var(--on);
display:grid;place-items:center;box-shadow:0 6px 20px rgb(16 24 40/.22);transition:transform .15s}
.launch:hover{transform:scale(1.05)}
.launch svg{width:28px;height:28px}
.badge{position:absolute;top:-4px;right:-4px;min-width:22px;height:22px;border-radius:11px;padding:0 6px;
background:#c01f14;color:#fff;font-size:13px;line-height:22px;font-weight:600;text-align:center}
.right{right:20px}.left{left:20px}
.panel{bottom:90px;width:380px;max-width:calc(100vw - 32px);height:min(620px,calc(100vh - 110px));background:var(--bg);
border-radius:16px;box-shadow:var(--shade);border:1px solid var(--line);display:flex;flex-direction:column;overflow:hidden;
animation:up .2s}
@keyframes up{from{opacity:0;transform:translateY(12px)}}
.head{display:flex;align-items:center;gap:4px;padding:14px 10px 14px 18px;background:var(--accent);color:var(--on);--ring:var(--on)}
.head div{flex:1;min-width:0}
h2{font-size:16px;line-height:1.3;margin:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.head p{margin:0;font-size:13px}
.tool{width:36px;height:36px;border-radius:10px;display:grid;place-items:center;flex:none}
.tool:hover{background:color-mix(in srgb,currentColor 14%,transparent)}
.log{flex:1;overflow-y:auto;overscroll-behavior:contain;padding:16px;display:flex;flex-direction:column;gap:10px}
.log>:first-child{margin-top:auto}
.m{max-width:84%;align-self:flex-start;display:flex;flex-direction:column;gap:4px;align-items:flex-start}
.m.in{align-self:flex-end;align-items:flex-end}
.b{padding:9px 13px;border-radius:16px 16px 16px 5px;background:var(--soft);white-space:pre-wrap;overflow-wrap:anywhere;
max-width:100%;unicode-bidi:plaintext}
.in .b{background:var(--accent);color:var(--on);border-radius:16px 16px 5px 16px}
.b.gone{font-style:italic;background:none;color:var(--dim);border:1px dashed var(--line)}
a{color:inherit}
.meta{font-size:12px;color:var(--dim);padding:0 4px;font-variant-numeric:tabular-nums}
.meta button{text-decoration:underline;padding:4px;min-height:24px}
.file{display:flex;gap:8px;align-items:center;padding:9px 12px;border:1px solid var(--line);border-radius:12px;
color:var(--ink);text-decoration:none;max-width:100%;background:var(--bg)}
.file span{min-width:0;overflow-wrap:anywhere}
.file small,.card small{color:var(--dim);font-size:12px;display:block}
.file svg{flex:none}
.pic{display:block;border-radius:12px;overflow:hidden;border:1px solid var(--line)}
.pic img{display:block;max-width:240px;max-height:220px;width:auto;height:auto}
.card{display:block;width:240px;max-width:100%;border:1px solid var(--line);border-radius:14px;overflow:hidden;color:var(--ink);
text-decoration:none;background:var(--bg)}
.card img{display:block;width:100%;height:140px;object-fit:cover}
.card span{display:block;padding:10px 12px;overflow-wrap:anywhere}
.quick{display:flex;flex-wrap:wrap;gap:6px}
.quick button{border:1px solid var(--edge);color:var(--ink);border-radius:18px;padding:6px 13px;text-align:start}
.quick button:hover{background:var(--soft)}
.typing{padding:0 18px 8px;font-size:13px;color:var(--dim);display:flex;gap:8px;align-items:center}
.dots{display:flex;gap:3px}
.dots i{width:6px;height:6px;border-radius:50%;background:var(--dim);animation:dot 1.2s infinite}
.dots i:nth-child(2){animation-delay:.15s}.dots i:nth-child(3){animation-delay:.3s}
@keyframes dot{0%,60%,100%{transform:none}30%{transform:translateY(-4px)}}
.ask{border-top:1px solid var(--line);padding:12px 14px;background:var(--soft);display:grid;gap:8px;font-size:14px}
.ask p{margin:0}
.ask div{display:flex;gap:6px;flex-wrap:wrap}
.ask input{flex:1 1 160px;min-width:0;padding:7px 10px;border:1px solid var(--edge);border-radius:10px;background:var(--bg)}
.ask button{padding:7px 12px;border-radius:10px}
.ask .go{background:var(--accent);color:var(--on);font-weight:600}
.bad{color:var(--bad)}
.chips{display:flex;flex-wrap:wrap;gap:6px;padding:8px 12px 0}
.chip{position:relative;display:flex;align-items:center;gap:4px;max-width:100%;border:1px solid var(--line);border-radius:10px;
padding:2px 2px 2px 10px;font-size:13px;overflow:hidden}
.chip span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;max-width:190px}
.chip img{width:28px;height:28px;object-fit:cover;border-radius:6px;margin-left:-6px}
.chip button{width:28px;height:28px;display:grid;place-items:center}
.chip svg{width:16px;height:16px}
.bar{position:absolute;left:0;bottom:0;height:3px;background:var(--edge);transition:.2s}
.note{margin:0;padding:8px 14px 0;font-size:13px}
p:empty{display:none}
.compose{display:flex;align-items:flex-end;gap:4px;padding:10px;border-top:1px solid var(--line)}
.compose textarea{flex:1;min-width:0;resize:none;border:1px solid var(--edge);border-radius:18px;padding:8px 14px;max-height:140px;
background:var(--bg);line-height:1.4;outline-offset:-1px}
textarea::placeholder,input::placeholder{color:var(--dim);opacity:1}
.compose .send{background:var(--accent);color:var(--on);border-radius:50%;width:38px;height:38px}
.over{position:absolute;inset:0;background:color-mix(in srgb,var(--bg) 90%,transparent);display:grid;place-items:center;
border:3px dashed var(--edge);border-radius:16px;font-weight:600}
@media(max-width:480px){.panel{inset:0;width:auto;max-width:none;height:100dvh;border:0;border-radius:0}
.launch.is-open{display:none}textarea,input{font-size:16px!important}}
@media(prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important}}
@media print{.launch,.panel{display:none}}
`;
