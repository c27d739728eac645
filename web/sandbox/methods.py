"""The table of Bot API methods that the sandbox knows, by lower-case name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from web.sandbox import editing, profile, receiving, sending
from web.sandbox.params import Params
from web.sandbox.state import Sandbox

Method = Callable[[Sandbox, Params], Awaitable[bytes]]

METHODS: dict[str, Method] = {
    "getme": profile.get_me,
    "close": profile.accepted,
    "logout": profile.accepted,
    "getupdates": receiving.get_updates,
    "setwebhook": receiving.set_webhook,
    "deletewebhook": receiving.delete_webhook,
    "getwebhookinfo": receiving.get_webhook_info,
    "sendmessage": sending.send_message,
    "sendphoto": sending.send_photo,
    "sendvoice": sending.send_voice,
    "senddocument": sending.send_document,
    "sendvideo": sending.send_video,
    "sendmediagroup": sending.send_media_group,
    "sendlocation": sending.send_location,
    "sendcontact": sending.send_contact,
    "forwardmessage": sending.forward_message,
    "copymessage": sending.copy_message,
    "editmessagetext": editing.edit_message_text,
    "editmessagecaption": editing.edit_message_caption,
    "editmessagereplymarkup": editing.edit_message_reply_markup,
    "editmessagemedia": editing.edit_message_media,
    "deletemessage": editing.delete_message,
    "deletemessages": editing.delete_messages,
    "setmessagereaction": editing.set_message_reaction,
    "answercallbackquery": editing.answer_callback_query,
    "setmycommands": profile.set_my_commands,
    "getmycommands": profile.get_my_commands,
    "deletemycommands": profile.delete_my_commands,
    "setmyname": profile.set_my_name,
    "getmyname": profile.get_my_name,
    "setmydescription": profile.set_my_description,
    "getmydescription": profile.get_my_description,
    "setmyshortdescription": profile.set_my_short_description,
    "getmyshortdescription": profile.get_my_short_description,
    "setchatmenubutton": profile.accepted,
    "pinchatmessage": profile.accepted,
    "unpinchatmessage": profile.accepted,
    "unpinallchatmessages": profile.accepted,
    "leavechat": profile.accepted,
    "sendchataction": profile.send_chat_action,
    "getchat": profile.get_chat,
    "getchatmember": profile.get_chat_member,
    "getchatmembercount": profile.get_chat_member_count,
    "getfile": profile.get_file,
}
