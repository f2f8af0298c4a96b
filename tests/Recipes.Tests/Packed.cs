using System.Globalization;
using System.IO.Compression;
using System.Xml.Linq;

namespace Recipes.Tests;

/// <summary>The packages that <c>./vlm pack</c> makes, in a version that no cache has.</summary>
public sealed class Packed : IDisposable
{
    /// <summary>Makes them.</summary>
    public Packed()
    {
        Version = string.Create(CultureInfo.InvariantCulture, $"0.0.1-test.{System.Environment.ProcessId}.{System.Environment.TickCount64}");
        Made = Repository.Vlm("pack", Version);
    }

    /// <summary>Theirs.</summary>
    public string Version { get; }

    internal Outcome Made { get; }

    // What is fetched already is taken from there; none of ours is kept.
    internal static Dictionary<string, string> Environment(string work) => new Dictionary<string, string>
    {
        ["NUGET_PACKAGES"] = Path.Combine(work, "packages"),
        ["XDG_DATA_HOME"] = Directory.CreateDirectory(Path.Combine(work, "data")).FullName,
        ["NUGET_FALLBACK_PACKAGES"] = System.Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } moved
            ? moved : Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".nuget", "packages"),
        ["MSBUILDDISABLENODEREUSE"] = "1",
        ["UseSharedCompilation"] = "false",
    };

    internal static string Folder => Repository.PathOf("artifacts", "packages");

    /// <summary>The package's file.</summary>
    internal string PathOf(string id) => Path.Combine(Folder, $"{id}.{Version}.nupkg");

    /// <summary>Names and contents of a package's files.</summary>
    internal Dictionary<string, byte[]> Files(string id)
    {
        using ZipArchive archive = ZipFile.OpenRead(PathOf(id));
        return archive.Entries.ToDictionary(entry => entry.FullName, entry =>
        {
            using var copy = new MemoryStream();
            using Stream content = entry.Open();
            content.CopyTo(copy);
            return copy.ToArray();
        });
    }

    /// <summary>What the package says of itself.</summary>
    internal XElement Metadata(string id)
    {
        using var nuspec = new MemoryStream(Files(id)[$"{id}.nuspec"]);
        return XDocument.Load(nuspec).Root!.Elements().Single();
    }

    /// <summary>Ids of the packages that it needs, and that those of ours among them need.</summary>
    internal IEnumerable<string> Needs(string id) => Metadata(id).Descendants()
        .Where(element => element.Name.LocalName == "dependency").Select(element => (string)element.Attribute("id")!)
        .SelectMany(need => need.StartsWith("Vlm", StringComparison.Ordinal) ? Needs(need).Prepend(need) : [need]).Distinct();

    public void Dispose()
    {
        foreach (string file in Directory.Exists(Folder) ? Directory.GetFiles(Folder, $"*.{Version}.nupkg") : [])
            File.Delete(file);
    }
}

/// <summary>Tests that share packages made once.</summary>
[CollectionDefinition(nameof(PackedGroup))]
public sealed class PackedGroup : ICollectionFixture<Packed>;
