export function generatedFiles(): Promise<Record<string, string>>;
