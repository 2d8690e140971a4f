import { Component, type ComponentType, type FunctionComponent, h } from "preact";

/** `inner`, which is rendered again only when one of its properties is another one. */
export function memo<Props extends object>(inner: FunctionComponent<Props>): ComponentType<Props> {
  return class Memo extends Component<Props> {
    override shouldComponentUpdate(next: Props): boolean {
      const present = this.props as Record<string, unknown>;
      const coming = next as Record<string, unknown>;
      return Object.keys({ ...present, ...coming }).some((name) => present[name] !== coming[name]);
    }

    override render() {
      return h(inner as FunctionComponent, this.props as object);
    }
  };
}
