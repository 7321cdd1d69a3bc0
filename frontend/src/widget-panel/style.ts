/** The widget's style sheet: flat, outlined, one accent, light and dark. Structure in ink, content in hairlines. */
export const STYLE = `
:host{--paper:#fbfaf7;--card:#fff;--ink:#1b1f2a;--muted:#5d6472;--line:#dcd9d0;--bad:#b3261e;--bad-paper:#fbe6e4;
color-scheme:light}
:host([data-dark]){--paper:#14161c;--card:#1b1e26;--ink:#eceae4;--muted:#a3a9b6;--line:#343844;--bad:#ffb4ab;--bad-paper:#3b1f1d;color-scheme:dark}
:where(.panel,.panel *){box-sizing:border-box;font:inherit;color:inherit;margin:0}
.panel{font-size:15px}
[hidden]{display:none!important}
:where(.panel) svg{width:22px;height:22px;fill:none;stroke:currentColor;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round}
:where(.panel) button{cursor:pointer;background:none;border:0;padding:8px;border-radius:8px}
:focus-visible{outline:2.5px solid var(--ink);outline-offset:2px}
.panel{position:fixed;z-index:2147483001;right:20px;bottom:calc(20px + var(--lift));width:384px;height:min(620px,calc(100dvh - 40px));
display:flex;flex-direction:column;background:var(--paper);color:var(--ink);border:1.5px solid var(--ink);border-radius:10px;overflow:hidden}
.head{display:flex;align-items:center;gap:8px;padding:10px 8px 10px 16px;background:var(--accent);color:var(--on-accent);border-bottom:1.5px solid var(--ink)}
.head :focus-visible{outline-color:var(--on-accent)}
h2{flex:1;font-size:16px;font-weight:650}
.state{padding:8px 16px;border-bottom:1px solid var(--line);background:var(--card);color:var(--muted);font-size:14px}
.state:empty{display:none}
.log{flex:1;overflow-y:auto;padding:16px;display:flex;flex-direction:column;gap:12px;overscroll-behavior:contain}
.said{max-width:85%;align-self:flex-start;overflow-wrap:anywhere}
.said.mine{align-self:flex-end}
.who{font-size:12px;color:var(--muted);margin-bottom:3px}
.mine .who{text-align:right}
.text{white-space:pre-wrap;padding:9px 12px;border:1px solid var(--line);border-radius:10px;background:var(--card)}
.mine .text{background:var(--accent);color:var(--on-accent);border-color:var(--accent)}
.pending .text{opacity:.65}
.auto{max-width:100%;align-self:stretch;text-align:center}
.auto .text{background:none;border-style:dashed;color:var(--muted);font-size:14px}
.text a{text-decoration:underline;display:inline-block}
.text img{display:block;max-width:100%;max-height:200px;border-radius:6px;margin-top:4px}
.alert{margin:0 16px 8px;padding:8px 12px;border-radius:8px;background:var(--bad-paper);color:var(--bad);font-size:14px}
.alert:empty{display:none}
form{display:flex;flex-direction:column;gap:10px;padding:16px;overflow-y:auto}
form.talk{flex-direction:row;align-items:flex-end;gap:4px;padding:10px 8px;border-top:1px solid var(--line);background:var(--card);overflow:visible}
label{display:flex;flex-direction:column;gap:4px;font-weight:600;font-size:14px}
input,textarea,select{width:100%;padding:9px 11px;border:1px solid var(--muted);border-radius:8px;background:var(--card);font-weight:400;font-size:16px}
textarea{resize:none;field-sizing:content;min-height:43px;max-height:132px}
.hello textarea{min-height:88px}
.main{background:var(--accent);color:var(--on-accent);font-weight:650;padding:11px 16px;border:1.5px solid var(--ink)}
.talk .main{padding:9px 11px;height:43px}
.small{font-size:13px;color:var(--muted)}
.links{display:flex;flex-wrap:wrap;gap:0 4px;padding:2px 8px 6px;background:var(--card)}
.links button,.link{font-size:13px;text-decoration:underline;text-underline-offset:3px;color:var(--muted);min-height:32px;padding:4px 8px}
.off{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (max-width:480px){.panel{inset:0;width:auto;height:100dvh;border:0;border-radius:0}@media (prefers-reduced-motion:no-preference){.panel{animation:rise .16s ease-out}@keyframes rise{from{translate:0 12px;opacity:0}}}
`;
