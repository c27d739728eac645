// Talking to the sandbox: JSON calls, and one live stream for the whole page.
export async function get(path) {
  return answer(await fetch(path, { headers: { Accept: "application/json" } }));
}

export async function post(path, body) {
  const form = body instanceof FormData;
  return answer(await fetch(path, {
    method: "POST",
    headers: form ? {} : { "Content-Type": "application/json" },
    body: form ? body : JSON.stringify(body ?? {}),
  }));
}

async function answer(response) {
  const value = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(value.error || `HTTP ${response.status}`);
  return value;
}

// Calls `onEvent` for each event and `onState` with true or false; never gives up.
export function live(onEvent, onState) {
  const source = new EventSource("/sandbox/events");
  source.onmessage = (event) => {
    const data = JSON.parse(event.data);
    if (data.type === "hello") onState(true);
    onEvent(data);
  };
  source.onerror = () => {
    onState(false);
    if (source.readyState === EventSource.CLOSED) setTimeout(() => live(onEvent, onState), 1500);
  };
}
