// What the page does beyond links and forms.
