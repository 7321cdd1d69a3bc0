/** What libraries do not say about themselves. */
declare module "idiomorph/dist/idiomorph.esm.js" {
  interface Callbacks {
    beforeNodeMorphed?: (old: Node, fresh: Node) => boolean;
    beforeNodeRemoved?: (old: Node) => boolean;
    beforeAttributeUpdated?: (name: string, node: Element, type: string) => boolean;
  }
  export const Idiomorph: {
    morph(target: Element, fresh: Node | NodeList | HTMLCollection | string, options?: { morphStyle?: string; ignoreActiveValue?: boolean; callbacks?: Callbacks }): Node[];
  };
}
