using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Recipes.Tests;

/// <summary>Packages as others get them: what is in them, what they need, and a program outside that lives on them.</summary>
[Collection(nameof(PackedGroup))]
public sealed partial class PackageTests(Packed packed) : IDisposable
{
    private static readonly string[] s_ids = ["Vlm", "Vlm.Data", "Vlm.Datasets", "Vlm.Grpo", "Vlm.Rewards", "Vlm.Rewards.Learned"];

    private readonly string _work = Directory.CreateTempSubdirectory("vlm-outside-").FullName;

    public void Dispose() => Directory.Delete(_work, recursive: true);

    [Fact]
    public void Pack_makes_every_package_and_prints_them()
    {
        Assert.True(packed.Made.ExitCode == 0, packed.Made.Errors);
        Assert.Equal(s_ids.Select(packed.PathOf).Order(StringComparer.Ordinal),
            packed.Made.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Each_says_what_it_is_and_brings_its_documentation() => Assert.All(s_ids, id =>
    {
        XElement metadata = packed.Metadata(id);
        Dictionary<string, byte[]> files = packed.Files(id);
        string Told(string name) => metadata.Elements().SingleOrDefault(element => element.Name.LocalName == name)?.Value ?? "";

        Assert.Equal((id, packed.Version, "MIT", "README.md"), (Told("id"), Told("version"), Told("license"), Told("readme")));
        Assert.InRange(Told("description").Length, 30, 300);
        Assert.Equal("", Told("repository") + Told("projectUrl"));
        Assert.InRange(files["README.md"].Length, 200, 10_000);
        Assert.Contains($"<name>{id}</name>", Encoding.UTF8.GetString(files[$"lib/net10.0/{id}.xml"]), StringComparison.Ordinal);
    });

    // Lines of the source come along, under names that are no machine's.
    [Fact]
    public void No_assembly_names_a_folder_of_the_machine_that_built_it() => Assert.All(s_ids, id =>
    {
        byte[] assembly = packed.Files(id)[$"lib/net10.0/{id}.dll"];
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        foreach (string folder in new[] { Repository.Root, home + "/" })
        {
            Assert.Equal(-1, assembly.AsSpan().IndexOf(Encoding.UTF8.GetBytes(folder)));
            Assert.Equal(-1, assembly.AsSpan().IndexOf(Encoding.Unicode.GetBytes(folder)));
        }

        string[] sources = Sources(assembly);
        Assert.True(sources.Length > 10, $"only {sources.Length} source files in {id}");
        Assert.All(sources, source => Assert.StartsWith("/_/", source, StringComparison.Ordinal));
    });

    [Fact]
    public void Rewards_and_data_sets_bring_no_libtorch_and_training_no_console()
    {
        string[] torch = ["TorchSharp", "libtorch"], console = ["Spectre.Console", "System.CommandLine"];

        Assert.Empty(packed.Needs("Vlm.Rewards"));
        Assert.Equal(["Vlm.Data", "Vlm.Rewards"],
            packed.Needs("Vlm.Datasets").Where(id => id.StartsWith("Vlm", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(packed.Needs("Vlm.Datasets"), id => torch.Any(id.StartsWith));
        Assert.DoesNotContain(packed.Needs("Vlm.Grpo"), id => console.Any(id.StartsWith));
        Assert.Contains("TorchSharp", packed.Needs("Vlm.Grpo"));
        Assert.DoesNotContain(packed.Needs("Vlm"), id => id.StartsWith("libtorch", StringComparison.Ordinal));
    }

    // Restored from a folder, published, moved: nothing of this repository is near it any more.
    [Fact]
    public void A_program_outside_restores_them_is_published_moved_asks_and_trains()
    {
        string project = Project("both", """<PackageReference Include="libtorch-cpu-linux-x64" Version="2.10.0" />""", Outside);
        Dotnet("publish", project, "-c", "Release", "-o", Path.Combine(_work, "published"));
        string moved = Path.Combine(_work, "elsewhere", "moved");
        Directory.CreateDirectory(Path.GetDirectoryName(moved)!);
        Directory.Move(Path.Combine(_work, "published"), moved);
        Directory.Delete(Path.GetDirectoryName(project)!, recursive: true);

        Outcome run = RecipeProcess.RunProgram(_work, Path.Combine(moved, "both.dll"), Repository.PathOf("recipes", "warm-start"),
            Repository.PathOf("datasets", "samples", "images", "shapes-0.png"),
            Repository.PathOf("datasets", "samples", "shapes-train.parquet"), "better");

        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Matches(@"\A\w[\w ]*\r?\nreward 0\.\d+\r?\n" + Regex.Escape(moved) + @"\S*\r?\n\z", run.Output);
        Assert.True(File.Exists(Path.Combine(_work, "better", "model.safetensors")));
    }

    [Fact]
    public void Without_libtorch_the_build_warns_and_the_program_says_in_three_lines_which_package_to_add()
    {
        string project = Project("bare", "", """System.Console.WriteLine(Vlm.VisionLanguageModel.Load(args[0]).Ask("what?"));""");
        Outcome built = Dotnet("build", project, "-c", "Release", "-o", Path.Combine(_work, "built"));

        Outcome run = RecipeProcess.RunProgram(
            _work, Path.Combine(_work, "built", "bare.dll"), Repository.PathOf("recipes", "warm-start"));

        Assert.Contains("warning VLM0001: Vlm computes with libtorch", built.Output, StringComparison.Ordinal);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Matches(
            @"error: there is no libtorch 2\.10 for this program\n   at: .+\n  try: dotnet add package libtorch-cpu-linux-x64, ", run.Errors);
    }

    private const string Outside = """
        using Vlm;
        using Vlm.Datasets;
        using Vlm.Engine;
        using Vlm.Grpo;
        using Vlm.Rewards;

        using var model = VisionLanguageModel.Load(args[0], new LoadOptions { Device = "cpu" });
        Console.WriteLine(model.Ask("What color is the circle?", args[1]));
        using var session = new GrpoSession(model, new GrpoOptions { LearningRate = 1e-4, GroupSize = 4, MaxNewTokens = 16 });
        StepStats stats = session.Step([.. ParquetExamples.Read(args[2]).Take(4)]);
        Console.WriteLine($"reward {stats[Metric.Reward]:F3}");
        model.Save(args[3]);
        Console.WriteLine(NativeLibraries.Folder);
        """;

    // Packages of ours come from the folder they were made in, all others from where the user has them.
    private string Project(string name, string more, string program)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_work, name)).FullName, project = Path.Combine(folder, name + ".csproj");
        File.WriteAllText(project, $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Vlm.Grpo" Version="{packed.Version}" />
                <PackageReference Include="Vlm.Datasets" Version="{packed.Version}" />
                {more}
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(folder, "Program.cs"), program);
        File.WriteAllText(Path.Combine(folder, "nuget.config"), $"""
            <configuration>
              <packageSources>
                <add key="made" value="{Packed.Folder}" />
              </packageSources>
              <packageSourceMapping>
                <packageSource key="made"><package pattern="Vlm" /><package pattern="Vlm.*" /></packageSource>
                {string.Concat(UserSources().Select(source => $"""<packageSource key="{source}"><package pattern="*" /></packageSource>"""))}
              </packageSourceMapping>
            </configuration>
            """);
        return project;
    }

    private static IEnumerable<string> UserSources() => SourceLine()
        .Matches(RecipeProcess.RunProgram(Path.GetTempPath(), "nuget", "list", "source").Output).Select(match => match.Groups[1].Value);

    private Outcome Dotnet(params string[] arguments)
    {
        Outcome outcome = RecipeProcess.RunCommand(
            _work, Packed.Environment(_work), "dotnet", [.. arguments, "-nologo", "-p:UseSharedCompilation=false"]);
        return outcome.ExitCode == 0 ? outcome : throw new InvalidOperationException(outcome.Output + outcome.Errors);
    }

    // The names of the files that the embedded lines are of; those that a generator made have no place on a disk.
    private static string[] Sources(byte[] assembly)
    {
        using var file = new PEReader(new MemoryStream(assembly));
        DebugDirectoryEntry embedded = file.ReadDebugDirectory().Single(entry => entry.Type == DebugDirectoryEntryType.EmbeddedPortablePdb);
        using MetadataReaderProvider lines = file.ReadEmbeddedPortablePdbDebugDirectoryData(embedded);
        MetadataReader reader = lines.GetMetadataReader();
        return [.. reader.Documents.Select(handle => reader.GetString(reader.GetDocument(handle).Name))];
    }

    [GeneratedRegex(@"(?m)^ *\d+\. +(\S.*?) \[Enabled\]\s*$")]
    private static partial Regex SourceLine();
}
