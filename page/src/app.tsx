import { useEffect } from "preact/hooks";
import { Gallery } from "./gallery/gallery";
import { showUploads } from "./gallery/fresh_images";
import { Top } from "./header/top";
import { LogIn } from "./login/log_in";
import { Toasts } from "./removing/toasts";
import { token } from "./state/session";
import { UploadPanel } from "./uploads/panel";
import { DropTarget, useReceiving } from "./uploads/receiving";
import { Viewer } from "./viewer/viewer";

export function App() {
  useReceiving();
  useEffect(showUploads, []);
  return (
    <>
      {token.value ? (
        <>
          <Top />
          <Gallery />
          <Viewer />
        </>
      ) : (
        <LogIn />
      )}
      <UploadPanel />
      <Toasts />
      <DropTarget />
    </>
  );
}
