using System.Runtime.Loader;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;
using Vlm;

namespace Recipes.Cli;

/// <summary>A file that was compiled.</summary>
/// <param name="File">Its name, as messages say it.</param>
/// <param name="Assembly">What it became.</param>
/// <param name="Functions">The names of the functions that stand in no type.</param>
internal sealed record CompiledFile(string File, System.Reflection.Assembly Assembly, IReadOnlyList<string> Functions);

/// <summary>Compiles a C# file of a user into memory.</summary>
internal static class OwnRewardCompiler
{
    private const int MostErrors = 3;

    // Those of a file-based program, and what rewards are written with.
    private static readonly string[] s_usings =
    [
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading",
        "System.Threading.Tasks", "Vlm", "Vlm.Rewards",
    ];

    private static readonly CSharpParseOptions s_language = new(LanguageVersion.Latest);
    private static readonly Lazy<MetadataReference[]> s_references = new(References);

    /// <summary>Compiles the file.</summary>
    /// <exception cref="UsageException">It cannot be read, or does not compile; the compiler's errors are in the message.</exception>
    public static CompiledFile Compile(string path)
    {
        SyntaxTree tree = CSharpSyntaxTree.ParseText(Read(path), s_language, path);
        var root = (CompilationUnitSyntax)tree.GetRoot();
        LocalFunctionStatementSyntax[] functions =
            [.. root.Members.OfType<GlobalStatementSyntax>().Select(member => member.Statement).OfType<LocalFunctionStatementSyntax>()];
        SyntaxTree usings = CSharpSyntaxTree.ParseText(
            SourceText.From(string.Concat(s_usings.Select(name => $"global using {name};\n")), Encoding.UTF8), s_language, "usings.cs");
        var compilation = CSharpCompilation.Create(
            $"reward-{Path.GetFileNameWithoutExtension(path)}", [usings, tree], s_references.Value,
            new CSharpCompilationOptions(
                functions.Length > 0 ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable, deterministic: true));
        System.Reflection.Assembly assembly = Emit(compilation, path);
        CheckStatements(root, path);
        return new(path, assembly, [.. functions.Select(function => function.Identifier.Text)]);
    }

    private static SourceText Read(string path)
    {
        try
        {
            string text = File.ReadAllText(path);
            return text.Split('\n').FirstOrDefault(line => line.StartsWith("#:", StringComparison.Ordinal)) is { } directive
                ? throw new UsageException(
                    $"a reward's file takes no directive, and has '{directive.Trim()}'", path, "what .NET and Vlm.Rewards bring, or a recipe of your own")
                : SourceText.From(text, Encoding.UTF8);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"the reward's file cannot be read: {error.Message}", path, "a file with one static function");
        }
    }

    private static System.Reflection.Assembly Emit(CSharpCompilation compilation, string path)
    {
        using var code = new MemoryStream();
        using var symbols = new MemoryStream();
        EmitResult result = compilation.Emit(code, symbols, options: new(debugInformationFormat: DebugInformationFormat.PortablePdb));
        if (!result.Success)
            throw Wrong(path, [.. result.Diagnostics.Where(one => one.Severity == DiagnosticSeverity.Error)]);
        (code.Position, symbols.Position) = (0, 0);
        return new AssemblyLoadContext(path).LoadFromStream(code, symbols);
    }

    private static UsageException Wrong(string path, Diagnostic[] errors)
    {
        string[] lines = [.. errors.OrderBy(one => one.Location.SourceSpan.Start).Take(MostErrors).Select(Line)];
        string more = errors.Length > MostErrors ? $"; and {errors.Length - MostErrors} more" : "";
        return new(
            $"the reward does not compile: {errors.Length} error{(errors.Length == 1 ? "" : "s")}", string.Join("; ", lines) + more,
            $"a file such as: static double Reward(string text, string truth) => text.Contains(truth) ? 1 : 0;");

        string Line(Diagnostic error)
        {
            LinePosition at = error.Location.GetLineSpan().StartLinePosition;
            string message = error.GetMessage(System.Globalization.CultureInfo.InvariantCulture).ReplaceLineEndings(" ");
            return $"{path}({at.Line + 1},{at.Character + 1}): error {error.Id}: {message}";
        }
    }

    // They would never run: the function is called, and not the program.
    private static void CheckStatements(CompilationUnitSyntax root, string path)
    {
        if (root.Members.OfType<GlobalStatementSyntax>().FirstOrDefault(
            member => member.Statement is not LocalFunctionStatementSyntax) is not { } stray)
            return;
        int line = stray.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
        throw new UsageException(
            $"'{stray.ToString().Split('\n')[0].Trim()}' stands outside of a function, where nothing runs it", $"{path}({line})",
            "a static field of a static class, which the function uses");
    }

    // All that this program itself runs on.
    private static MetadataReference[] References() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(File.Exists).Select(file => MetadataReference.CreateFromFile(file)),
    ];
}
