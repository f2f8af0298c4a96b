using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Recipes.Tests;

/// <summary>The public surface of an assembly as lines, one for each type and member, in the order of their letters.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static
        | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> s_words = new()
    {
        [typeof(void)] = "void",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(char)] = "char",
        [typeof(double)] = "double",
        [typeof(float)] = "float",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(nint)] = "nint",
        [typeof(object)] = "object",
        [typeof(short)] = "short",
        [typeof(string)] = "string",
        [typeof(uint)] = "uint",
        [typeof(ulong)] = "ulong",
        [typeof(ushort)] = "ushort",
    };

    /// <summary>All lines.</summary>
    public static string[] Lines(Assembly assembly) =>
        [.. assembly.GetExportedTypes().SelectMany(type => Members(type).Prepend(Header(type))).Order(StringComparer.Ordinal)];

    private static string Header(Type type)
    {
        string kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct"
            : typeof(Delegate).IsAssignableFrom(type) ? "delegate"
            : type is { IsAbstract: true, IsSealed: true } ? "static class"
            : type.IsAbstract ? "abstract class" : type.IsSealed ? "sealed class" : "class";
        IEnumerable<Type> inherited = type.GetInterfaces();
        Type[] bases = [.. (type.BaseType is { } parent && parent != typeof(object) && !type.IsValueType ? [parent]
            : Array.Empty<Type>()).Concat(type.IsEnum ? [] : inherited).Where(one => one.IsPublic || one.IsNestedPublic)];
        string list = string.Join(", ", bases.Select(one => Name(one)).Order(StringComparer.Ordinal));
        return $"{Name(type)}: {kind}{(list.Length > 0 ? $" ({list})" : "")}";
    }

    private static IEnumerable<string> Members(Type type) =>
        type.IsEnum ? type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => string.Create(
            CultureInfo.InvariantCulture, $"{Name(type)}.{field.Name} = {Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}"))
        : typeof(Delegate).IsAssignableFrom(type) ? [Method(type, type.GetMethod("Invoke")!)]
        :
        [
            .. type.GetConstructors(Declared).Where(Visible).Select(one => $"{Name(type)}.new({Parameters(one)})"),
            .. type.GetMethods(Declared).Where(IsOurs).Select(method => Method(type, method)),
            .. type.GetProperties(Declared).Where(IsOurs).Select(property => Property(type, property)),
            .. type.GetFields(Declared).Where(field => field.IsPublic || field.IsFamily).Select(field => Field(type, field)),
        ];

    private static string Method(Type type, MethodInfo method)
    {
        string generic = method.IsGenericMethodDefinition
            ? $"<{string.Join(", ", method.GetGenericArguments().Select(one => one.Name))}>" : "";
        return $"{Name(type)}.{Static(method)}{method.Name}{generic}({Parameters(method)}) -> "
            + Name(new NullabilityInfoContext().Create(method.ReturnParameter));
    }

    private static string Property(Type type, PropertyInfo property)
    {
        MethodInfo? get = property.GetMethod, set = property.SetMethod;
        bool init = set?.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) == true;
        string accessors = (get is not null && Visible(get) ? "get; " : "")
            + (set is not null && Visible(set) ? init ? "init; " : "set; " : "");
        string index = property.GetIndexParameters() is [_, ..] ? $"[{Parameters((get ?? set)!)}]" : "";
        return $"{Name(type)}.{Static((get ?? set)!)}{property.Name}{index} {{ {accessors}}} -> "
            + Name(new NullabilityInfoContext().Create(property));
    }

    private static string Field(Type type, FieldInfo field) =>
        $"{Name(type)}.{(field.IsLiteral ? "const " : field.IsStatic ? "static " : "")}{field.Name}"
        + (field.IsLiteral ? $" = {Value(field.GetRawConstantValue())}" : "")
        + $" -> {Name(new NullabilityInfoContext().Create(field))}";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        (parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute)) ? "params " : "")
        + (parameter.IsOut ? "out " : parameter.ParameterType.IsByRef ? "ref " : "")
        + $"{Name(new NullabilityInfoContext().Create(parameter))} {parameter.Name}"
        + (parameter.HasDefaultValue ? $" = {Value(parameter.RawDefaultValue)}" : "")));

    private static string Name(NullabilityInfo info)
    {
        string mark = info.ReadState == NullabilityState.Nullable && !info.Type.IsValueType ? "?" : "";
        if (info.ElementType is { } element && info.Type.IsArray)
            return $"{Name(element)}[{new string(',', info.Type.GetArrayRank() - 1)}]{mark}";
        if (Nullable.GetUnderlyingType(info.Type) is { } value)
            return Name(value) + "?";
        return info.Type.IsGenericType && info.GenericTypeArguments.Length > 0
            ? $"{Plain(info.Type)}<{string.Join(", ", info.GenericTypeArguments.Select(Name))}>{mark}"
            : Name(info.Type) + mark;
    }

    private static string Name(Type type)
    {
        if (type.IsByRef || type.IsPointer || type.IsArray)
            return Name(type.GetElementType()!) + (type.IsArray ? "[]" : type.IsPointer ? "*" : "");
        return s_words.TryGetValue(type, out string? word) ? word
            : type.IsGenericParameter ? type.Name
            : Plain(type) + (type.IsGenericType ? $"<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : "");
    }

    private static string Plain(Type type) =>
        (type.IsNested ? Plain(type.DeclaringType!) + "." : type.Namespace + ".") + type.Name.Split('`')[0];

    private static string Static(MethodBase method) => method.IsStatic ? "static " : "";

    private static string Value(object? value) => value switch
    {
        null => "default",
        string text => $"\"{text}\"",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!.ToLowerInvariant(),
    };

    private static bool Visible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    // What the compiler writes for a record says nothing.
    private static bool IsOurs(MethodInfo method) => Visible(method)
        && !method.IsDefined(typeof(CompilerGeneratedAttribute)) && !method.Name.StartsWith('<')
        && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal));

    private static bool IsOurs(PropertyInfo property) =>
        property.GetAccessors(nonPublic: true).Any(Visible) && property.Name != "EqualityContract";
}
