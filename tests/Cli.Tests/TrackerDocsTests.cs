using System.Reflection;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Vlm.Grpo;

namespace Cli.Tests;

/// <summary>The tracker on the page about trackers: compiled from the page, and used.</summary>
public sealed class TrackerDocsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vlm-tracker-docs-");

    private string Folder => Path.Combine(_folder.FullName, "run");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_tracker_on_the_page_writes_what_the_run_logs_and_goes_on_after_a_resume()
    {
        string[] code = Blocks();
        Assembly assembly = Compiled(code[0]);
        using (Run<UpdateOptions> run = Run.Open(new RunSetup(Folder) { Trackers = [Made(assembly)] }, new UpdateOptions()))
        {
            run.Log(1, (Metric.Reward, 0.25), ("eval/accuracy", 0.5));
            run.SaveCheckpoint(1, _ => { });
            Assert.Equal(3, File.ReadAllLines(Path.Combine(Folder, "metrics.csv")).Length);
        }

        using (Run<UpdateOptions> run = Run.Open(new RunSetup(Folder) { Resume = true, Trackers = [Made(assembly)] }, new UpdateOptions()))
            run.Log(2, (Metric.Reward, 0.75));

        string[] lines = File.ReadAllLines(Path.Combine(Folder, "metrics.csv"));
        Assert.Equal("step,seconds,metric,value", lines[0]);
        Assert.Equal(["1 train/reward 0.25", "1 eval/accuracy 0.5", "2 train/reward 0.75"],
            lines[1..].Select(line => line.Split(',')).Select(cells => $"{cells[0]} {cells[2]} {cells[3]}"));
    }

    // The lines that attach it name what there is: they compile with the tracker and a record of options.
    [Fact]
    public void The_lines_that_attach_it_compile()
    {
        string[] code = Blocks();

        Compiled($$"""
            using Recipes.Cli;
            {{code[0]}}
            public sealed record MyOptions : GrpoOptions;
            public static class Attached
            {
                public static void Both(string[] args)
                {
                    {{code[1]}}
                }
            }
            """);
    }

    [Fact]
    public void A_recipe_hands_its_run_to_its_trackers_beside_those_that_are_asked_for()
    {
        using var recipe = new TestRecipe();
        var told = new Told();

        Assert.Equal(0, Record(recipe, told, "--steps", "3"));
        Assert.Equal(["grpo-shapes", "1", "True"], told.Heard);
        Assert.Equal("3", told.Options["steps"]);
        Assert.Single(Directory.GetFiles(recipe.Folder, "events.out.tfevents.*"));

        using var without = new TestRecipe();
        Assert.Equal(0, Record(without, new Told(), "--report-to", "none"));
        Assert.Empty(Directory.GetFiles(without.Folder, "events.out.tfevents.*"));
        using var unknown = new TestRecipe();
        Assert.Equal(2, Record(unknown, new Told(), "--report-to", "wandb"));
        Assert.Equal("error: 'wandb' is not one of tensorboard, none\n   at: --report-to wandb\n  try: --report-to tensorboard\n", unknown.Error);
    }

    private static int Record(TestRecipe recipe, ITracker tracker, params string[] words) => recipe.RunAs<TestOptions>(
        [.. words, "--out", recipe.Folder], run => run.Log(1, (Metric.Reward, 1)), trackers: [tracker]);

    private static ITracker Made(Assembly assembly) =>
        (ITracker)Activator.CreateInstance(assembly.GetTypes().Single(type => typeof(ITracker).IsAssignableFrom(type)), "metrics.csv")!;

    private static string[] Blocks() =>
        [.. Regex.Matches(File.ReadAllText(Machine.InProject("docs/trackers.md")), "```csharp\n(.*?)```", RegexOptions.Singleline).Select(match => match.Groups[1].Value)];

    private static Assembly Compiled(string code)
    {
        const string usings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;";
        MetadataReference[] references = [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(File.Exists).Select(file => MetadataReference.CreateFromFile(file))];
        var compilation = CSharpCompilation.Create("tracker", [CSharpSyntaxTree.ParseText(usings), CSharpSyntaxTree.ParseText(code)], references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        using var bytes = new MemoryStream();
        Microsoft.CodeAnalysis.Emit.EmitResult result = compilation.Emit(bytes);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        Assert.DoesNotContain(result.Diagnostics, one => one.Severity == DiagnosticSeverity.Warning);
        bytes.Position = 0;
        return new AssemblyLoadContext("tracker").LoadFromStream(bytes);
    }

    private sealed class Told : ITracker
    {
        public List<string> Heard { get; } = [];

        public IReadOnlyDictionary<string, string> Options { get; private set; } = new Dictionary<string, string>();

        public void Start(TrackedRun run)
        {
            Heard.Add(run.Name);
            Options = run.Options;
        }

        public void Step(TrackedStep step) => Heard.Add($"{step.Step}");

        public void End(bool finished) => Heard.Add($"{!finished}");
    }
}
