export function shareStrings<Tree extends object>(tree: Tree): Tree;
