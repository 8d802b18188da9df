// Asks the browser for a security key and sends what it answers with the form: [data-key-options] holds the question.
// Browsers offer keys on https and on localhost alone; elsewhere the page's own sentence stays and the button is off.

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function asked(options) {
  const given = { ...options.publicKey, challenge: toBytes(options.publicKey.challenge) };
  if (given.user) given.user = { ...given.user, id: toBytes(given.user.id) };
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (given[list]) given[list] = given[list].map((one) => ({ ...one, id: toBytes(one.id) }));
  }
  return { publicKey: given };
}

function answered(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  }
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

const WORDS = {
  NotAllowedError: "没有完成：超时、取消，或这把密钥不是这个账号的。请再试。",
  InvalidStateError: "这把安全密钥已经登记过，请换一把。",
  SecurityError: "这个网址不能用安全密钥，请用验证码。",
};

document.querySelectorAll("form[data-key-options]").forEach((form) => {
  const said = form.querySelector("[data-key-said]");
  const field = form.querySelector("[data-key-answer]");
  const button = form.querySelector("button");
  if ("keyOff" in form.dataset || !window.isSecureContext || !navigator.credentials || !window.PublicKeyCredential) {
    button.disabled = true;
    return;
  }
  form.addEventListener("submit", async (event) => {
    if (field.value) return;
    event.preventDefault();
    const options = JSON.parse(form.dataset.keyOptions);
    const act = options.publicKey.user ? "create" : "get";
    said.hidden = false;
    said.textContent = "请插入或靠近安全密钥，按它的提示操作…";
    try {
      field.value = JSON.stringify(answered(await navigator.credentials[act](asked(options))));
    } catch (error) {
      said.textContent = WORDS[error.name] ?? `没有成功（${error.name}），请再试。`;
      return;
    }
    form.requestSubmit();
  });
});
