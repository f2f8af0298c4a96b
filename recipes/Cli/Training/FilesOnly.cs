using System.Collections;
using System.ComponentModel;
using System.Reflection;
using Vlm;
using Vlm.Datasets;

namespace Recipes.Cli;

/// <summary>Options of files say nothing of data that is generated: what is typed in vain is refused.</summary>
public static class FilesOnly
{
    private static readonly DatasetOptions s_default = new();

    /// <summary>Refuses the first option that reads files, where all data is generated.</summary>
    /// <param name="reading">How files would be read.</param>
    /// <param name="data">The names of the data, as they were typed.</param>
    /// <param name="used">Names of properties that mean something without files too.</param>
    /// <exception cref="UsageException">There is one.</exception>
    public static void RefuseFor(DatasetOptions reading, IEnumerable<string> data, params string[] used)
    {
        if (reading.Dial is { } dial && !used.Contains(nameof(DatasetOptions.Dial)))
            throw DataName.WithoutItsData(data, dial);
        foreach (PropertyInfo property in typeof(DatasetOptions).GetProperties())
            if (property.IsDefined(typeof(DescriptionAttribute)) && !used.Contains(property.Name) && IsTyped(property, reading))
                throw new UsageException($"--{OptionText.Kebab(property.Name)} is of files, and there are none",
                    $"--data {string.Join(' ', data)}", $"--data FILE, or leave out --{OptionText.Kebab(property.Name)}");
    }

    private static bool IsTyped(PropertyInfo property, DatasetOptions reading) => property.GetValue(reading) switch
    {
        ICollection list => list.Count > 0,
        var value => !Equals(value, property.GetValue(s_default)),
    };
}
