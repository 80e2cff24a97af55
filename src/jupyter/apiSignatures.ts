// The signatures of the API reference: declarations without bodies and internal names.
import ts from '@tslab/typescript-for-tslab';

/** A longer signature gets a line for each parameter. */
const signatureWidth = 100;

/** Returns a declaration's signature; empty for an interface with members only. */
export function signatureOf(declaration: ts.Declaration, checker: ts.TypeChecker): string {
  if (ts.isFunctionDeclaration(declaration)) return functionSignature(declaration, checker);
  if (ts.isInterfaceDeclaration(declaration)) return interfaceSignature(declaration);
  if (ts.isTypeAliasDeclaration(declaration)) {
    return `type ${declaration.name.text} = ${writtenOut(checker.getTypeAtLocation(declaration), checker)}`;
  }
  const value = declaration as ts.VariableDeclaration;
  return `${oneLine(value.name)}: ${typeOf(value, checker)}`;
}

function functionSignature(declaration: ts.FunctionDeclaration, checker: ts.TypeChecker): string {
  const head = `${declaration.name?.text}${typeParameters(declaration)}`;
  const parameters = declaration.parameters.map((parameter) => parameterText(parameter, checker));
  const result = typeOf(declaration, checker);
  const signature = `${head}(${parameters.join(', ')}): ${result}`;
  if (signature.length <= signatureWidth) return signature;
  return `${head}(\n${parameters.map((parameter) => `  ${parameter},\n`).join('')}): ${result}`;
}

/** Returns `name: type`, `name?: type`, or `name = default` for a literal default. */
function parameterText(parameter: ts.ParameterDeclaration, checker: ts.TypeChecker): string {
  const { initializer, questionToken } = parameter;
  if (initializer && ts.isLiteralExpression(initializer)) return oneLine(parameter);
  const mark = initializer || questionToken ? '?' : '';
  return `${parameterName(parameter)}${mark}: ${typeOf(parameter, checker)}`;
}

/** Returns a parameter's name; a destructured one is named by its docstring. */
function parameterName(parameter: ts.ParameterDeclaration): string {
  if (ts.isIdentifier(parameter.name)) return parameter.name.text;
  const [tag] = ts.getJSDocParameterTags(parameter);
  return tag?.name.getText().split('.')[0] ?? 'options';
}

function interfaceSignature(declaration: ts.InterfaceDeclaration): string {
  const { name, heritageClauses = [] } = declaration;
  const heritage = heritageClauses.map((clause) => ` ${oneLine(clause)}`).join('');
  const rest = typeParameters(declaration) + heritage;
  return rest && `interface ${name.text}${rest}`;
}

function typeParameters({ typeParameters }: ts.FunctionDeclaration | ts.InterfaceDeclaration): string {
  return typeParameters ? `<${typeParameters.map(oneLine).join(', ')}>` : '';
}

type Typed = ts.FunctionDeclaration | ts.ParameterDeclaration | ts.VariableDeclaration;

/** Returns the type as the source writes it, or else as the compiler infers it. */
function typeOf(node: Typed, checker: ts.TypeChecker): string {
  if (node.type) return oneLine(node.type);
  const signature = ts.isFunctionDeclaration(node) && checker.getSignatureFromDeclaration(node);
  return writtenOut(signature ? signature.getReturnType() : checker.getTypeAtLocation(node), checker);
}

/** Returns a type as the compiler prints it. */
function writtenOut(type: ts.Type, checker: ts.TypeChecker): string {
  const { NoTruncation, InTypeAlias, UseSingleQuotesForStringLiteralType } = ts.TypeFormatFlags;
  const flags = NoTruncation | InTypeAlias | UseSingleQuotesForStringLiteralType;
  return checker.typeToString(type, undefined, flags);
}

/** Returns a node's source on one line. */
export function oneLine(node: ts.Node): string {
  return node.getText().replaceAll(/\s+/g, ' ');
}
