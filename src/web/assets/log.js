// The end of a log matters most: what an attempt prints now, or why it has failed.
for (const log of document.querySelectorAll(".log")) log.scrollTop = log.scrollHeight;
