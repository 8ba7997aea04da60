// The login page: an address such as /#token=… logs in. What follows # is never sent to a server.
const form = document.getElementById("login");
const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (form && token) {
  history.replaceState(null, "", location.pathname + location.search);
  form.elements.token.value = token;
  form.submit();
}
