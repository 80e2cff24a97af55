// Reads the exports of an index file, with their docstrings, for the API reference. It uses tslab's compiler, because
// TypeScript 7 has no API. apiReference.ts lays out the page.
import { dirname } from 'node:path';
import ts from '@tslab/typescript-for-tslab';
import { oneLine, signatureOf } from './apiSignatures';

/** The exports below one comment of the index file. */
export interface Group {
  title: string;
  exports: Export[];
}

export interface Documented {
  /** The declaration without its body; empty for an interface with members only. */
  signature: string;
  description: string;
  tags: Tag[];
}

export interface Export extends Documented {
  name: string;
  kind: 'function' | 'type' | 'value';
  /** An interface's members, in order. */
  members: Documented[];
  /** Types of this project that it names and the index file does not export. */
  hiddenTypes: string[];
}

/** For example `throws` with its sentence, or `param` with the parameter's name and its description. */
export interface Tag {
  kind: string;
  text: string;
}

const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ES2022,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: true,
};

/** Returns the exports of a file's lines `export { … } from '…'`, in their order. */
export function readExports(index: string): Group[] {
  const program = ts.createProgram([index], compilerOptions);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(index) as ts.SourceFile;
  const known = new Set(source.statements.flatMap((statement) => declarationsOf(statement, checker)));
  const isHidden = (type: ts.Declaration) =>
    !known.has(type) && type.getSourceFile().fileName.startsWith(dirname(index));

  const groups: Group[] = [];
  for (const statement of source.statements) {
    const title = commentAbove(statement, source);
    if (title) groups.push({ title, exports: [] });
    for (const declaration of declarationsOf(statement, checker)) {
      const hidden = namedTypes(declaration, checker).filter(isHidden).map(nameOf);
      groups.at(-1)?.exports.push({ ...describe(declaration, checker), hiddenTypes: [...new Set(hidden)] });
    }
  }
  return groups;
}

function commentAbove(statement: ts.Statement, { text }: ts.SourceFile): string | undefined {
  const comment = ts.getLeadingCommentRanges(text, statement.pos)?.at(-1);
  return comment && text.slice(comment.pos, comment.end).replace(/^\/\/ */, '');
}

/** Returns the declarations of the names on one export line. */
function declarationsOf(statement: ts.Statement, checker: ts.TypeChecker): ts.Declaration[] {
  const clause = ts.isExportDeclaration(statement) ? statement.exportClause : undefined;
  if (!clause || !ts.isNamedExports(clause)) return [];
  return clause.elements.map(({ name }) => declarationOf(name, checker));
}

function declarationOf(name: ts.Node, checker: ts.TypeChecker): ts.Declaration {
  let symbol = checker.getSymbolAtLocation(name) as ts.Symbol;
  if (symbol.flags & ts.SymbolFlags.Alias) symbol = checker.getAliasedSymbol(symbol);
  return symbol.declarations?.[0] as ts.Declaration;
}

function describe(declaration: ts.Declaration, checker: ts.TypeChecker): Omit<Export, 'hiddenTypes'> {
  const isType = ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration);
  const members = ts.isInterfaceDeclaration(declaration) ? declaration.members : [];
  return {
    name: nameOf(declaration),
    kind: ts.isFunctionDeclaration(declaration) ? 'function' : isType ? 'type' : 'value',
    signature: signatureOf(declaration, checker),
    ...docstring(declaration, checker),
    members: members.map((member) => ({
      signature: oneLine(member).replace(/;$/, ''),
      ...docstring(member, checker),
    })),
  };
}

/** Returns description and tags, as editors and the notebook's Shift-Tab read them from the docstring. */
function docstring(node: ts.Declaration, checker: ts.TypeChecker): Pick<Documented, 'description' | 'tags'> {
  const isCalled = ts.isFunctionDeclaration(node) || ts.isMethodSignature(node);
  const documented = isCalled
    ? checker.getSignatureFromDeclaration(node)
    : checker.getSymbolAtLocation(ts.getNameOfDeclaration(node) as ts.Node);
  const tags = documented?.getJsDocTags(checker) ?? [];
  return {
    description: ts.displayPartsToString(documented?.getDocumentationComment(checker)),
    tags: tags.map(({ name, text }) => ({ kind: name, text: ts.displayPartsToString(text) })),
  };
}

/** Returns the declarations of the types that a declaration names outside its body. */
function namedTypes(node: ts.Node, checker: ts.TypeChecker): ts.Declaration[] {
  if (ts.isBlock(node)) return [];
  const below = node.getChildren().flatMap((child) => namedTypes(child, checker));
  if (!ts.isTypeReferenceNode(node)) return below;
  const declaration = declarationOf(node.typeName, checker);
  return ts.isTypeParameterDeclaration(declaration) ? below : [declaration, ...below];
}

function nameOf(declaration: ts.Declaration): string {
  return ts.getNameOfDeclaration(declaration)?.getText() ?? '';
}
